/** Package managers that are known, with the lock that each writes. */
export const packageLocks = {
  npm: 'package-lock.json',
  pnpm: 'pnpm-lock.yaml',
  yarn: 'yarn.lock',
  bun: 'bun.lock',
} as const;

export type PackageManagerName = keyof typeof packageLocks;

/** What a `package.json` says of what installs its packages. */
export interface NamedManager {
  packageManager?: unknown;
}

/**
 * The package manager of a workspace: the one that `packageManager` of its `package.json` names, else the one whose lock is
 * there, else npm.
 * @param isThere whether git has a file of that name, or would take it: nobody else sees one that it ignores.
 */
export function findPackageManager(
  { packageManager }: NamedManager,
  isThere: (file: string) => boolean,
): PackageManagerName {
  const names = Object.keys(packageLocks) as PackageManagerName[];
  const said = typeof packageManager === 'string' ? packageManager.split('@')[0] : undefined;
  return names.find((name) => (said === undefined ? isThere(packageLocks[name]) : name === said)) ?? 'npm';
}

/**
 * The one that the workflows install by: bun is on no runner of GitHub's, and no action of GitHub's own brings it, so that
 * npm does it there.
 */
export function workflowManager(name: PackageManagerName): Exclude<PackageManagerName, 'bun'> {
  return name === 'bun' ? 'npm' : name;
}
