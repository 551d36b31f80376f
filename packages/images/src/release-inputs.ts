import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NeededPackages, slipwayLocks } from '@slipway/contract';

/**
 * Inputs, as Nx writes them, that change with the release of Slipway that a workspace has installed: Dockerfiles that it
 * has none of its own for come with that. Problems of `package.json` are npm's to tell.
 */
export function releaseInputs(root: string): string[] {
  const locks = slipwayLocks(readPackageJson(root), (file) => existsSync(join(root, file)));
  return locks.map((file) => `{workspaceRoot}/${file}`);
}

function readPackageJson(root: string): NeededPackages {
  try {
    return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as NeededPackages;
  } catch {
    return {};
  }
}
