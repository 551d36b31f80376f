/** What a `package.json` says of the packages that it needs. */
export interface NeededPackages {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** By which the generated workflows install, whatever else does beside them. */
const npmLock = 'package-lock.json';

const otherLocks = ['npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock'];

/**
 * The files of a workspace that say which release of Slipway it has, and so which Dockerfiles its images are built from.
 * @param isThere whether the workspace has a file of that name; npm's counts as there, since it soon is.
 * @returns none where Slipway is not installed as a package, as in its own repository.
 */
export function slipwayLocks(
  { dependencies, devDependencies }: NeededPackages,
  isThere: (file: string) => boolean,
): string[] {
  const needed = Object.keys({ ...dependencies, ...devDependencies });
  const isInstalled = needed.some((name) => name === 'slipway' || name.startsWith('@slipway/'));
  return isInstalled ? [npmLock, ...otherLocks.filter(isThere)] : [];
}
