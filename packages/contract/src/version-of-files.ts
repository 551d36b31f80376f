import { Failure } from './problem.ts';
import { statedVersion } from './version-line.ts';

/**
 * The version that the first of some files states, as it is written there; null when none states one.
 * @param files `release.version_files`. @param read text of a file of the workspace; undefined: there is none.
 */
export function versionOfFiles(
  files: readonly string[],
  read: (path: string) => string | undefined,
): string | null {
  for (const file of files) {
    const text = read(file);
    const version = text === undefined ? null : versionIn(file, text);
    if (version !== null) return version;
  }
  return null;
}

/** A file that states none is what a release complains of; here the next one may. */
function versionIn(file: string, text: string): string | null {
  try {
    return statedVersion(file, text);
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}
