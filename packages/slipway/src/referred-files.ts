import { dependencyFiles } from '@slipway/contract';
import { versionFileCandidates } from './version-files.ts';

/**
 * The files of a repository that its pyproject.toml leaves something to, as far as they are there.
 * @param text of pyproject.toml; one that cannot be read refers to nothing, and is refused later.
 * @param files paths of the repository's files, from the root.
 */
export function referredFiles(text: string, files: readonly string[]): string[] {
  try {
    const named = dependencyFiles(text).map((path) => path.replace(/^(\.\/)+/, ''));
    const all = [...named, ...versionFileCandidates(text, files), 'setup.cfg', 'setup.py'];
    return [...new Set(all)].filter((path) => files.includes(path));
  } catch {
    return [];
  }
}
