import { formatVersion, parseVersion, type Version } from '@slipway/contract/version';

/** A version's tag as semantic-release spells it: `v0.1.1-rc.7`. It knows no other spelling of its own tags. */
export function toDotted(version: Version): string {
  return formatVersion(version).replace('-rc', '-rc.');
}

/** Reads semantic-release's spelling, with or without its `v`. @throws Failure `version-malformed`. */
export function fromDotted(text: string): Version {
  return parseVersion(`v${text.replace(/^v/, '').replace('-rc.', '-rc')}`);
}
