/**
 * How a base that is not there is had. In a workflow of GitHub the one who reads it has a browser and `gh`, and a publish
 * that only has to be carried out once more.
 * @param project the base's project.
 */
export function baseRemedy(
  project: string,
  architecture: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const build = `npx nx run ${project}:build-image`;
  if (env.GITHUB_ACTIONS !== 'true') return build;
  const { GITHUB_REF_NAME: ref, GITHUB_RUN_ID: run } = env;
  const start = `gh workflow run build-base.yml${ref ? ` --ref ${ref}` : ''} --field architecture=${architecture}`;
  return `${build}; on GitHub: ${start}, and when that run is done: gh run rerun ${run ?? 'RUN'} --failed`;
}
