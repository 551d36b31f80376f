import { Failure, formatVersion, readVersionTags, type Version, type VersionTag } from '@slipway/contract';
import { sameLine } from './next-version.ts';
import type { CandidateFacts, CommonFacts } from './release-facts.ts';
import { short } from './short.ts';

/** The versions that there are, the newest one in the history that counts, and what a person should know of the tags. */
export function readTags(facts: CommonFacts & { merged: readonly string[] }) {
  const { versions, warnings } = readVersionTags(facts.tags);
  const newest = versions.findLast(({ name }) => facts.merged.includes(name));
  return { versions, newest, notes: [...warnings, ...localTagNotes(facts)] };
}

/** What a person should know of tags that their repository and the remote do not have alike. */
function localTagNotes({ localTags, tags, remote }: CommonFacts): string[] {
  const there = new Map(tags.map(({ name, object }) => [name, object]));
  const { versions } = readVersionTags(
    Object.entries(localTags).map(([name, object]) => {
      return { name, object, annotated: true, message: '', commit: object, parents: [] };
    }),
  );
  return versions.flatMap(({ name, object }) => {
    if (!there.has(name)) {
      return [
        `tag ${name} is only in this repository, not at ${remote}, and does not count: git push ${remote} ${name} publishes it, git tag -d ${name} forgets it`,
      ];
    }
    return there.get(name) === object
      ? []
      : [
          `tag ${name} here is not the one of ${remote}, which counts: git tag -d ${name}, then git fetch ${remote} --tags`,
        ];
  });
}

/** Of versions that somebody made after a higher one. */
export function lowerTags({ later }: CandidateFacts, newest: VersionTag | undefined): string[] {
  return later.map(
    (name) =>
      `tag ${name} is on a later commit than ${newest?.name}, but lower: the next version follows ${newest?.name}`,
  );
}

/** A stable version that exists closes its line, wherever its commit is. @throws Failure `version-taken`. */
export function refuseTaken(
  versions: readonly VersionTag[],
  version: Version,
  { branch, remote }: CommonFacts,
): void {
  const taken = versions.find((tag) => tag.version.rc === null && sameLine(tag.version, version));
  if (taken === undefined) return;
  throw new Failure({
    code: 'version-taken',
    message: `the next version would be ${formatVersion(version)}, but ${taken.name} is a tag of ${short(taken.commit)}, which is not on ${branch}`,
    remedy: `merge it into ${branch} (git merge ${taken.name}), or delete the tag if it was a mistake: git push ${remote} --delete ${taken.name}`,
  });
}
