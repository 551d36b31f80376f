import { createHash } from 'node:crypto';
import {
  type Architecture,
  deprecationType,
  releaseManifestType,
  smokedType,
  versionPattern,
  yankType,
} from '@slipway/contract';
import { buildFactsType } from '@slipway/images';

/** What a tag of one of our repositories is for. */
export type TagRole =
  /** A release manifest: `v0.2.0`. */
  | { role: 'release'; version: string }
  /** That a version should not be used: `v0.2.0.yank`. */
  | { role: 'yank'; version: string }
  /** An image of a version: `cpu-v0.2.0`. */
  | { role: 'version'; version: string; series: string }
  /** What follows the newest image: `cpu`, `cpu-edge`, `cpu-rc`, `cpu-latest`, `dev`, `dev-cpu`. */
  | { role: 'moving' }
  /** That an architecture is deprecated: `cpu.deprecated`. */
  | { role: 'deprecation' }
  /** A key tag: `cpu-8a3996dea041`, of a dev image `dev-cpu-8a3996dea041`. */
  | { role: 'key'; series: string }
  /** What all versions of the same sources share, and the tools image. */
  | { role: 'application' | 'tools' }
  /** A wheel that was compiled and kept: hours of work. */
  | { role: 'wheel' }
  /** A base that versions in another repository stand on: `<key tag>.used-by-<hash of that repository>`. */
  | { role: 'used'; by: string }
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

/** A repository, as the tag of a base says that versions there stand on it. */
export const userHash = (repository: string): string =>
  createHash('sha256').update(repository).digest('hex').slice(0, 12);

/** The tag that says so. It points at the base itself, so that it keeps it wherever that repository may be. */
export const usedTag = (keyTag: string, repository: string): string =>
  `${keyTag}.used-by-${userHash(repository)}`;

/** What the definition's tags begin with. */
export interface OurTags {
  /** Tags that follow the newest image, such as `cpu`, `ampere-cu126` or `dev`. */
  moving: readonly string[];
  /** What stands before a build key or a version, such as `ampere-cu126`, `ampere` or `dev-ampere`. */
  series: readonly string[];
}

/** The tags of a definition's bases, runtime images and dev images. */
export function ourTags(architectures: readonly Pick<Architecture, 'name' | 'tag'>[]): OurTags {
  const bases = architectures.map(({ tag }) => tag);
  const names = architectures.map(({ name }) => name);
  const devs = names.map((name) => `dev-${name}`);
  return {
    moving: [...new Set([...bases, 'dev', ...devs])],
    series: [...new Set([...bases, ...names, ...devs])],
  };
}

/** What a tag is for, by its form. Others write tags of such forms too: see `isOurs`. */
export function tagRole(tag: string, { moving }: Pick<OurTags, 'moving'>): TagRole {
  if (tag === notesTag) return { role: 'notes' };
  if (moving.includes(tag)) return { role: 'moving' };
  if (tag.endsWith('.deprecated')) return { role: 'deprecation' };
  if (versionPattern.test(tag)) return { role: 'release', version: tag };
  const [, version = '', yank] = /^(v.*?)(\.yank)$/.exec(tag) ?? [];
  if (yank && versionPattern.test(version)) return { role: 'yank', version };
  // What smoke noted of an image goes with its version.
  // The version is what stands last: architectures have names such as nvidia-v100.
  const [, of = '', published = ''] = /^(.+)-(v\d+\.\d+\.\d+(?:-rc\d+)?)(?:\.smoked)?$/.exec(tag) ?? [];
  if (versionPattern.test(published)) return { role: 'version', version: published, series: of };
  const [, subject] = /^sha256-([0-9a-f]{64})(?:\.[a-z]+)?$/.exec(tag) ?? [];
  if (subject !== undefined) return { role: 'attached', digest: `sha256:${subject}` };
  const [, by] = /\.used-by-([0-9a-f]{12})$/.exec(tag) ?? [];
  if (by !== undefined) return { role: 'used', by };
  if (tag.endsWith('.unproven')) return { role: 'unproven' };
  if (/-(?:edge|rc|latest)$/.test(tag)) return { role: 'moving' };
  const [, series = '', build] = /^(.+)-[0-9a-f]{12}(\.build)?$/.exec(tag) ?? [];
  if (series === '') return { role: 'foreign' };
  if (build !== undefined) return { role: 'facts', keyTag: tag.slice(0, -build.length) };
  if (series === 'application' || series === 'tools') return { role: series };
  if (series.startsWith('wheel-')) return { role: 'wheel' };
  return { role: 'key', series };
}

/** What proves that a tag is one of Slipway's. */
export interface TagProof {
  /** Of the image; none where it is none. */
  labels: Readonly<Record<string, string>>;
  /** Type of an artifact. */
  type: string | null;
  /** Whether build facts lie beside it. */
  hasFacts: boolean;
}

/**
 * Whether a tag is what its form says. `deploy-20261125aaaa` and `main-<short commit>` have the form of key tags: they are
 * those of others, and keep what they point at, unless the definition knows what they begin with, or the image says so.
 */
export function isOurs(tag: string, role: TagRole, { series, moving }: OurTags, proof: TagProof): boolean {
  const { labels, type, hasFacts } = proof;
  switch (role.role) {
    case 'key': {
      const key = labels['io.slipway.build.key']?.slice(0, 12);
      const own =
        key !== undefined && tag === (labels['io.slipway.build.key-tag'] ?? `${role.series}-${key}`);
      return series.includes(role.series) || own || hasFacts;
    }
    case 'facts':
      return type === buildFactsType;
    case 'application':
    case 'tools':
      return labels['io.slipway.kind'] === role.role;
    case 'version':
      return (
        series.includes(role.series) ||
        type === smokedType ||
        labels['io.slipway.architecture'] === role.series
      );
    case 'unproven':
      return moving.includes(tag.slice(0, -'.unproven'.length)) || 'io.slipway.build.key' in labels;
    case 'release':
      return type === releaseManifestType;
    case 'yank':
      return type === yankType;
    case 'deprecation':
      return type === deprecationType;
    default:
      return true;
  }
}
