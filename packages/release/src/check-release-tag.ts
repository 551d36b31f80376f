import {
  Failure,
  formatVersion,
  fromPep440,
  type GitTag,
  type Problem,
  parseVersion,
  statedVersion,
  toPep440,
  versionPattern,
} from '@slipway/contract';
import type { CommittedFile } from './release-facts.ts';
import { short } from './short.ts';

/** What is known of a tag that a person or a release made. */
export interface ReleaseTagFacts {
  remote: string;
  branch: string;
  /** As the remote has it; null: it has none of that name. */
  tag: GitTag | null;
  /** Whether the branch holds the commit of the tag. */
  onBranch: boolean;
  /** Of `release.version_files`, in the commit of the tag; null: missing. */
  files: readonly { path: string; file: CommittedFile | null }[];
}

/**
 * Holds a tag against what a version has to be before it is published: annotated, on the branch, and the version that the
 * files of its commit state.
 * @returns the commit that is to be published.
 * @throws Failure with all of `version-malformed`, `repository-missing`, `tag-lightweight`, `commit-elsewhere`,
 *   `version-differs`, `version-missing` that apply.
 */
export function checkReleaseTag(name: string, facts: ReleaseTagFacts): { version: string; commit: string } {
  const version = parseVersion(name);
  const { tag, remote, branch, onBranch } = facts;
  if (tag?.commit == null) {
    throw new Failure({
      code: 'repository-missing',
      message: tag === null ? `${remote} has no tag ${name}` : `tag ${name} of ${remote} is not on a commit`,
      remedy: `git push ${remote} ${name}`,
    });
  }
  const again = `git tag -d ${name}; git push ${remote} --delete ${name}`;
  const problems: Problem[] = [];
  if (!tag.annotated) {
    problems.push({
      code: 'tag-lightweight',
      message: `tag ${name} of ${remote} is not annotated`,
      remedy: `${again}; git tag -a ${name} -m "Release ${name}" ${tag.commit}; git push ${remote} ${name}`,
    });
  }
  if (!onBranch) {
    problems.push({
      code: 'commit-elsewhere',
      message: `tag ${name} is on commit ${short(tag.commit)}, which is not on ${branch} of ${remote}`,
      remedy: `merge it: git checkout ${branch}; git merge ${name}; git push ${remote} ${branch}; or take the tag back: ${again}`,
    });
  }
  const expected = toPep440(version);
  for (const { path, file } of facts.files) problems.push(...checkFile(name, expected, path, file, again));
  if (problems.length > 0) throw new Failure(problems);
  return { version: name, commit: tag.commit };
}

/** Whether a tag's name is that of a version; others are nobody's mistake. */
export function isReleaseTag(name: string): boolean {
  return versionPattern.test(name);
}

function checkFile(
  name: string,
  expected: string,
  path: string,
  file: CommittedFile | null,
  again: string,
): readonly Problem[] {
  if (file === null) {
    return [
      {
        code: 'version-missing',
        where: { file: path },
        message: `there is no such file in the commit of ${name}`,
        remedy: 'Commit it, or take it out of release.version_files in slipway.toml.',
      },
    ];
  }
  try {
    const stated = statedVersion(path, file.text);
    if (sameVersion(stated, name)) return [];
    return [
      {
        code: 'version-differs',
        where: { file: path },
        message: `version ${stated} is stated in the commit of ${name}, which is ${expected}`,
        remedy: `write ${expected} there, commit it, and tag that commit: ${again}; git tag -a ${name} -m "Release ${name}"`,
      },
    ];
  } catch (error) {
    if (error instanceof Failure) return error.problems;
    throw error;
  }
}

function sameVersion(stated: string, name: string): boolean {
  try {
    return formatVersion(fromPep440(stated)) === name;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
