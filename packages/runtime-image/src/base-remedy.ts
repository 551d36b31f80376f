/**
 * How a base that is not there is had. In a workflow of GitHub the one who reads it has a browser and `gh`, and a publish
 * that only has to be carried out once more.
 * @param project the base's project. @param tag the version that is published: its commit is what the base is built from, and
 *   the workflow may have been started from any branch.
 */
export function baseRemedy(
  project: string,
  architecture: string,
  tag: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const build = `npx nx run ${project}:build-image`;
  if (env.GITHUB_ACTIONS !== 'true') return build;
  const { GITHUB_RUN_ID: run } = env;
  const start = `gh workflow run build-base.yml --ref ${tag} --field architecture=${architecture}`;
  return `${build}; on GitHub: ${start}, and when that run is done: gh run rerun ${run ?? 'RUN'} --failed`;
}
