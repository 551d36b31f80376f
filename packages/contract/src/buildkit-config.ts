/**
 * What a BuildKit daemon is told (buildkitd.toml) so that its cache keeps to a limit: when it has more than so many
 * bytes, what was used last is kept. The field is BuildKit's since 0.17
 * (https://docs.docker.com/build/buildkit/toml-configuration/); the environment variable BUILDKIT_GC_KEEP_STORAGE that
 * one finds in many workflows is read by nothing.
 */
export function buildkitConfig(reserveBytes: number): string {
  return [
    '[worker.oci]',
    '  gc = true',
    '  [[worker.oci.gcpolicy]]',
    '    all = true',
    `    maxUsedSpace = ${reserveBytes}`,
    '',
  ].join('\n');
}
