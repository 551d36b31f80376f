import { versionPattern } from '@slipway/contract';

/** What a tag of one of our repositories is for. */
export type TagRole =
  /** A release manifest: `v0.2.0`. */
  | { role: 'release'; version: string }
  /** That a version should not be used: `v0.2.0.yank`. */
  | { role: 'yank'; version: string }
  /** An image of a version: `cpu-v0.2.0`. */
  | { role: 'version'; version: string }
  /** What follows the newest image: `cpu`, `cpu-edge`, `cpu-rc`, `cpu-latest`. */
  | { role: 'moving' }
  /** A key tag: `cpu-8a3996dea041`. */
  | { role: 'key'; series: string }
  /** What all versions of the same sources share, and the tools image. */
  | { role: 'application' | 'tools' }
  /** A wheel that was compiled and kept: hours of work. */
  | { role: 'wheel' }
  /** Build facts: `<key tag>.build`. */
  | { role: 'facts'; keyTag: string }
  /** A base before it is proven: `cpu.unproven`. */
  | { role: 'unproven' }
  /** A signature or the like of an image, under the name that cosign gives it: `sha256-<digest>.sig`. */
  | { role: 'attached'; digest: string }
  /** Prune's own notes. */
  | { role: 'notes' }
  /** Not written by Slipway. */
  | { role: 'foreign' };

/** The tag under which prune notes in a repository since when nothing refers to an image. */
export const notesTag = 'slipway.unreferenced';

/**
 * What a tag is for, by its name.
 * @param moving tags of the definition's bases, such as `cpu` or `ampere-cu126`.
 */
export function tagRole(tag: string, moving: readonly string[]): TagRole {
  if (tag === notesTag) return { role: 'notes' };
  if (moving.includes(tag)) return { role: 'moving' };
  if (versionPattern.test(tag)) return { role: 'release', version: tag };
  const [, version = '', yank] = /^(v.*?)(\.yank)$/.exec(tag) ?? [];
  if (yank && versionPattern.test(version)) return { role: 'yank', version };
  // What smoke noted of an image goes with its version.
  const [, published = ''] = /^.+?-(v\d.*?)(?:\.smoked)?$/.exec(tag) ?? [];
  if (versionPattern.test(published)) return { role: 'version', version: published };
  const [, subject] = /^sha256-([0-9a-f]{64})(?:\.[a-z]+)?$/.exec(tag) ?? [];
  if (subject !== undefined) return { role: 'attached', digest: `sha256:${subject}` };
  if (tag.endsWith('.unproven')) return { role: 'unproven' };
  if (/-(?:edge|rc|latest)$/.test(tag)) return { role: 'moving' };
  const [, series = '', build] = /^(.+)-[0-9a-f]{12}(\.build)?$/.exec(tag) ?? [];
  if (series === '') return { role: 'foreign' };
  if (build !== undefined) return { role: 'facts', keyTag: tag.slice(0, -build.length) };
  if (series === 'application' || series === 'tools') return { role: series };
  if (series.startsWith('wheel-')) return { role: 'wheel' };
  return { role: 'key', series };
}
