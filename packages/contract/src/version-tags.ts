import { compareVersions, parseVersion, type Version, versionPattern } from './version.ts';

/** A tag as a git repository has it. */
export interface GitTag {
  /** Without `refs/tags/`. */
  name: string;
  /** What the name points at: the tag's own object when it is annotated, else the commit. */
  object: string;
  annotated: boolean;
  /** Of an annotated tag; empty otherwise. */
  message: string;
  /** The commit that it leads to; null: it leads to something else. */
  commit: string | null;
  /** Of the commit. */
  parents: readonly string[];
}

/** A tag that names a version. */
export interface VersionTag extends GitTag {
  version: Version;
  commit: string;
}

/**
 * The versions among tags, lowest first, and what a person should hear about the others. Tags that begin with `v` and
 * are no version are ignored with a warning; all others are none of our business.
 */
export function readVersionTags(tags: readonly GitTag[]): { versions: VersionTag[]; warnings: string[] } {
  const versions: VersionTag[] = [];
  const malformed: string[] = [];
  const elsewhere: string[] = [];
  const lightweight: string[] = [];
  for (const tag of tags) {
    if (!isVersion(tag.name)) {
      if (tag.name.startsWith('v')) malformed.push(tag.name);
      continue;
    }
    if (tag.commit === null) {
      elsewhere.push(tag.name);
      continue;
    }
    if (!tag.annotated) lightweight.push(tag.name);
    versions.push({ ...tag, commit: tag.commit, version: parseVersion(tag.name) });
  }
  return {
    versions: versions.sort((a, b) => compareVersions(a.version, b.version)),
    warnings: [
      ...warning(malformed, 'not of the form vX.Y.Z or vX.Y.Z-rcN, and ignored'),
      ...warning(elsewhere, 'not on a commit, and ignored'),
      ...warning(lightweight, 'not annotated; counted all the same'),
    ],
  };
}

function isVersion(name: string): boolean {
  // More digits than a number holds are as good as no version.
  return versionPattern.test(name) && (name.match(/\d+/g) ?? []).every((digits) => digits.length < 16);
}

/** One line for however many there are: a repository may have thousands of them. */
function warning(names: readonly string[], what: string): string[] {
  if (names.length === 0) return [];
  const shown = [...names].sort().slice(0, 5).join(', ');
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return [`${names.length === 1 ? 'a tag is' : `${names.length} tags are`} ${what}: ${shown}${more}`];
}
