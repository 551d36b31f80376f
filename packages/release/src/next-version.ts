import { compareVersions, type Version } from '@slipway/contract/version';

/** What decides about a candidate's version, apart from the commits. */
export interface VersionFacts {
  /** All versions that the remote has tags of, wherever they are. */
  taken: readonly Version[];
  /** The version that the first version file states; null: there is no such file. Counts when no version was ever made. */
  first: Version | null;
  /** Whether the history that is released holds any version. */
  begun: boolean;
}

/**
 * The version of the next candidate: semantic-release says of which stable one, and the number is one above the highest
 * that any tag has, also one that never came to the branch.
 * @param answered what semantic-release would call it.
 */
export function nextCandidate(answered: Version, { taken, first, begun }: VersionFacts): Version {
  const line = begun || first === null ? answered : first;
  const numbers = taken.filter((version) => sameLine(version, line)).map(({ rc }) => rc ?? 0);
  // A file that states a candidate says where its numbers go on.
  const least = begun ? 1 : (first?.rc ?? 1);
  return { ...line, rc: Math.max(least, 1 + Math.max(0, ...numbers)) };
}

/** Whether two versions are candidates of the same stable one, or that itself. */
export function sameLine(a: Version, b: Version): boolean {
  return compareVersions({ ...a, rc: null }, { ...b, rc: null }) === 0;
}
