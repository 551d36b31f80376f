import { findPackageManager, type NamedManager, packageLocks, workflowManager } from './package-manager.ts';

/** What a `package.json` says of the packages that it needs. */
export interface NeededPackages extends NamedManager {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** Every lock that may say it. */
const locks = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock'];

/**
 * The files of a workspace that say which release of Slipway it has, and so which Dockerfiles its images are built from.
 * @param isThere whether the workspace has a file of that name; the package manager's own counts as there, since it
 *   soon is.
 * @returns none where Slipway is not installed as a package, as in its own repository.
 */
export function slipwayLocks(packageJson: NeededPackages, isThere: (file: string) => boolean): string[] {
  const needed = Object.keys({ ...packageJson.dependencies, ...packageJson.devDependencies });
  const isInstalled = needed.some((name) => name === 'slipway' || name.startsWith('@slipway/'));
  const manager = findPackageManager(packageJson, isThere);
  const soon: string[] = [manager, workflowManager(manager)].map((name) => packageLocks[name]);
  return isInstalled ? locks.filter((file) => soon.includes(file) || isThere(file)) : [];
}
