import { Failure, formatVersion, type Version } from '@slipway/contract';
import type { InRegistry } from './in-registry.ts';
import type { CommonFacts } from './release-facts.ts';

/**
 * What is published never changes, so a version that somebody published from their workspace cannot be released any more.
 * @throws Failure `version-taken`.
 */
export function refusePublished(version: Version, known: InRegistry, { remote }: CommonFacts): void {
  if ('unasked' in known || !known.published) return;
  const name = formatVersion(version);
  throw new Failure({
    code: 'version-taken',
    message: `${name} is published, and has no tag in git: it came from somebody's workspace, and cannot be published again from another commit`,
    remedy: `tag the commit that it was made from, the next version then follows it: git tag -a ${name} -m "Release ${name}" <commit>; git push ${remote} ${name}`,
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

/** What a person should know when the registry did not answer. */
export function registryNotes(known: InRegistry | undefined): string[] {
  if (known === undefined || !('unasked' in known)) return [];
  return [`what is published already, or yanked, is not known: ${known.unasked}`];
}
