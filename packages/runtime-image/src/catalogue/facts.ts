/** Everything that the catalogue shows, read beforehand. */
export interface CatalogueFacts {
  application: string;
  /** ISO 8601. */
  madeAt: string;
  /** With the registry's host. */
  repositories: { base: string; runtime: string };
  architectures: CatalogueArchitecture[];
  /** The highest version first. */
  versions: CatalogueVersion[];
  /** How many older versions are there and not shown. */
  olderVersions: number;
  /** The oldest first: as the shown versions say, and those that records of this workspace know besides. */
  publishes: CataloguePublish[];
  /** Seconds that one publish may take. */
  publishLimitSeconds: number;
}

/** What an architecture of the definition promises. */
export interface CatalogueArchitecture {
  name: string;
  computeCapabilities: readonly string[];
  cuda: string | null;
  torch: string | null;
  flashAttention: string | null;
  python: string;
  minimumDriver: string | null;
  /** Why nobody should start with it any more. */
  deprecated: string | null;
  /** The newest base; null: none is there. */
  base: { keyTag: string; layers: CatalogueLayer[] } | null;
}

/** Why an image was built: lines for a person; null: that is not kept. */
export type Why = string[] | null;

/** A published version. */
export interface CatalogueVersion {
  version: string;
  /** Of the application; null: it came from no commit. */
  commit: string | null;
  /** Why it should not be used; null: it may be. */
  yanked: string | null;
  /** Tags such as `cpu-latest` that are at one of its images. */
  followedBy: string[];
  images: CatalogueImage[];
}

/** The image of a version for one architecture. */
export interface CatalogueImage {
  architecture: string;
  /** With the version's tag. */
  reference: string;
  digest: string;
  baseKeyTag: string;
  /** Lowest first; empty: the image is not there any more. */
  layers: CatalogueLayer[];
  why: Why;
  /** The line that trains in it; null: its version was yanked. */
  command: string | null;
}

/** One layer of an image. */
export interface CatalogueLayer {
  digest: string;
  /** Compressed. */
  bytes: number;
  /** The stage that it came from, such as `torch-layer`; empty: that is not known. */
  stage: string;
}

/** A publish, as its version or a record says. */
export interface CataloguePublish {
  version: string;
  /** ISO 8601. */
  startedAt: string;
  seconds: number;
  images: number;
  succeeded: boolean;
}
