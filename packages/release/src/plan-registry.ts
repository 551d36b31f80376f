import { Failure, formatVersion, type Version } from '@slipway/contract';
import type { InRegistry } from './in-registry.ts';
import type { CommonFacts } from './release-facts.ts';

/**
 * What is published never changes, so a version that is published without a tag cannot be released from another commit.
 * @throws Failure `version-taken`.
 */
export function refusePublished(version: Version, known: InRegistry, { remote }: CommonFacts): void {
  if ('unasked' in known || known.published !== 'yes') return;
  const name = formatVersion(version);
  throw new Failure({
    code: 'version-taken',
    message: `${name} is published${known.commit ? `, from commit ${known.commit}` : ''}, and ${remote} has no tag of it: it cannot be published again from another commit`,
    remedy: `tag the commit that it was made from and that states it, the next version then follows it: git tag -a ${name} -m "Release ${name}" ${known.commit ?? '<commit>'}; git push ${remote} ${name}; or state a higher version`,
  });
}

/** @throws Failure `promotion-refused` for a candidate whose images were found to be bad. */
export function refuseYanked(candidate: string, known: InRegistry, { branch }: CommonFacts): void {
  if ('unasked' in known || known.yank === null) return;
  throw new Failure({
    code: 'promotion-refused',
    message: `${candidate} was yanked: ${known.yank.reason} (${known.yank.at})`,
    remedy: `bring what mends it to ${branch}, make a candidate that has it, try that one, then promote it: npx nx run release:candidate`,
  });
}

/** What a person should know of what was asked about some versions. */
export function registryNotes(known: Readonly<Record<string, InRegistry>> | null): string[] {
  const notes = Object.values(known ?? {}).flatMap((each) => {
    if ('unasked' in each) return [`what is published already, or yanked, is not known: ${each.unasked}`];
    if (each.published !== 'here') return [];
    return ['this machine has published it into a repository of its own, which a release does not go by'];
  });
  return [...new Set(notes)];
}
