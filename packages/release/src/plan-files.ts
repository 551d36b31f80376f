import {
  Failure,
  fromPep440,
  replaceVersion,
  statedVersion,
  toPep440,
  type Version,
} from '@slipway/contract';
import { addToChangelog } from './changelog.ts';
import type { PlannedFile } from './plan.ts';
import type { ReleaseFiles } from './release-facts.ts';

/** The version lines and the changelog, as a release leaves them. Files that it does not change are left out. */
export function changeFiles(files: ReleaseFiles, version: Version, notes: string): PlannedFile[] {
  const changed = files.versions.map(({ path, file }) => {
    if (file === null) {
      throw new Failure({
        code: 'version-missing',
        where: { file: path },
        message: 'there is no such file in the commit that is to be released',
        remedy: 'Commit it, or take it out of release.version_files in slipway.toml.',
      });
    }
    return { ...file, before: file.text, after: replaceVersion(path, file.text, toPep440(version)) };
  });
  return [...changed, changeChangelog(files, version, notes)]
    .filter(({ before, after }) => before !== after)
    .map(({ path, mode, before, after }) => ({ path, mode, before, after }));
}

function changeChangelog({ changelog: { path, file } }: ReleaseFiles, version: Version, notes: string) {
  const before = file?.text ?? null;
  const after = addToChangelog(before, notes, version.rc === null);
  return { path, mode: file?.mode ?? '100644', before, after };
}

/**
 * The same change on files that have moved on: the release commit differs from the candidate's in nothing else, so this
 * is the whole merge. @throws Failure `promotion-refused` when the version line is not the candidate's any more.
 */
export function mergeFiles(
  files: ReleaseFiles,
  headFiles: ReleaseFiles,
  version: Version,
  notes: string,
  candidate: string,
): PlannedFile[] {
  for (const [index, { path, file }] of files.versions.entries()) {
    const there = headFiles.versions[index]?.file ?? null;
    const same =
      there !== null && file !== null && statedVersion(path, there.text) === statedVersion(path, file.text);
    if (!same) {
      throw new Failure({
        code: 'promotion-refused',
        where: { file: path },
        message: `the version that it states was changed after ${candidate}, so the release cannot be merged`,
        remedy: 'make a new candidate from a commit that is to be released: npx nx run release:candidate',
      });
    }
  }
  return changeFiles(headFiles, version, notes);
}

/** The first version, as a file states it. @throws Failure `version-malformed` or `version-missing`. */
export function firstVersion({ versions: [first] }: ReleaseFiles): Version | null {
  if (first?.file == null) return null;
  return fromPep440(statedVersion(first.path, first.file.text));
}
