import type { TagRole } from './prune-tags.ts';

/** Everything that prune looks at, as values. */
export interface Held {
  repositories: HeldRepository[];
  /** References that the next build or publish of today's definition would find and use. */
  named: string[];
}

/** What one repository holds, as far as tags lead to it, directly or through an index. */
export interface HeldRepository {
  /** With the registry's host. */
  repository: string;
  /** Of every tag. */
  roles: Record<string, TagRole>;
  /** Tag -> digest. */
  tags: Record<string, string>;
  /** By digest. */
  manifests: Record<string, HeldManifest>;
  /** By version. */
  releases: Record<string, HeldRelease>;
  /** What the build facts of a key tag say that its image was made from. */
  facts: Record<string, HeldFacts>;
  /** Key tag -> ISO 8601: when its build facts were written, and its image made, where they say so. */
  created: Record<string, string>;
  /** Digest -> ISO 8601: since when nothing refers to it, as an earlier prune noted. */
  notes: Record<string, string>;
  /** ISO 8601: when that was noted; null: never, or it does not say. */
  notedAt: string | null;
}

/** A manifest. */
export interface HeldManifest {
  /** Compressed bytes of everything that it names, and its own, by digest. */
  blobs: Record<string, number>;
  /** Other manifests of the same repository that it names: of an index, or what it is attached to. */
  names: string[];
  /** Digest of the image that it stands on, by its annotation. */
  base: string | null;
}

/** The part of a release manifest that keeps something. */
export interface HeldRelease {
  /** Of its images and of their bases. */
  digests: string[];
  keyTags: string[];
}

/** The part of a runtime image's build facts that keeps something. */
export interface HeldFacts {
  /** Digests of the base and the tools image. */
  digests: string[];
  /** Tag of the application image. */
  application: string;
}

/** Tags by digest. */
export function tagsByDigest({ tags }: Pick<HeldRepository, 'tags'>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [tag, digest] of Object.entries(tags)) {
    found.set(digest, [...(found.get(digest) ?? []), tag].sort());
  }
  return found;
}
