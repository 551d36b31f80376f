import { parse } from '@renovatebot/pep440';
import { Failure, fromPep440 } from '@slipway/contract';
import type { Project } from './project.ts';

/** What to change about a version that tags cannot carry; undefined: nothing. */
export function versionNote({
  version,
  versionFiles: [file = ''],
}: Pick<Project, 'version' | 'versionFiles'>): string | undefined {
  if (version === null || isExpressible(version)) return undefined;
  const [major = 0, minor = 0, patch = 0] = parse(version)?.release ?? [];
  const wanted = `${major}.${minor}.${patch}`;
  return `The version ${version} in ${file} is not X.Y.Z or X.Y.ZrcN, so neither publish nor slipway run takes it: write ${wanted} there, or name another each time, as in --as=v${wanted}.`;
}

function isExpressible(version: string): boolean {
  try {
    fromPep440(version);
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
