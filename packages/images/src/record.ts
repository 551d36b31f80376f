import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Problem } from '@slipway/contract';
import { writeWhole } from '@slipway/effects';
import type { Attached } from './attest.ts';
import type { Difference } from './explain.ts';
import type { ImagePlan } from './plan.ts';
import type { Verification } from './verification.ts';

/** What happened to one image: the plan that was carried out, and what came of it. */
export interface ImageRecord {
  record: 'image';
  startedAt: string;
  endedAt: string;
  durationSeconds: number;
  /** `kept`: it is there under its key tag, and no tag was moved because another image of the set failed. */
  outcome: 'current' | 'tagged' | 'built' | 'kept' | 'failed';
  plan: ImagePlan;
  /** Digest of the image under its key tag, read back from the registry; of one that the engine got, as the builder told. */
  digest?: string;
  /** Lowest first. */
  layers?: Layer[];
  /** Of a base that was built: what proved it, with the bytes on disk of its stages and packages. */
  verification?: Verification & { diskBytes: number };
  /**
   * Compressed bytes of layers that the image before this one did not have, and that no base of another architecture has;
   * null: there is none to compare with.
   */
  newBytes?: { againstPrevious: number | null; againstOthers: number | null };
  /** Blobs that the builder fetched from registries for it, with their compressed bytes. */
  pulled?: Record<string, number>;
  /** Blobs that it brought to its repository, with their compressed bytes. */
  pushed?: Record<string, number>;
  /** The most that its build took of the engine's disk, with whatever else wrote there. */
  diskPeakBytes?: number;
  /** What was put beside it, or was there already. */
  attached?: Attached[];
  /** Why it was built: what differs from the image before it. */
  differences?: Difference[];
  steps: { name: string; seconds: number }[];
  log?: string;
  problems?: readonly Problem[];
}

/** One layer of an image. */
export interface Layer {
  digest: string;
  /** Compressed. */
  bytes: number;
  /** Whether it is one of the image that this one stands on. */
  fromParent: boolean;
  /** The stage of the Dockerfile that it came from; empty where that is not known. */
  stage: string;
}

/** Layers that came with an image's own build, and their compressed bytes together. */
export function ownLayers(layers: readonly Layer[] = []) {
  const own = layers.filter(({ fromParent }) => !fromParent);
  return { own, bytes: own.reduce((sum, layer) => sum + layer.bytes, 0) };
}

/** What came of proving a base again. */
export interface VerificationRecord {
  record: 'verification';
  project: string;
  keyTag: string | null;
  startedAt: string;
  endedAt: string;
  verification?: Verification & { diskBytes: number };
  log: string;
  problems?: readonly Problem[];
}

/** Folder of the records, git-ignored, one file an image and attempt. */
export const recordFolder = '.slipway/records';

/** Where a record goes, and the log that belongs to it: relative to the workspace. */
export interface RecordPlace {
  path: string;
  log: string;
}

/**
 * A place that no other record has: they lie in the order in which they began, and two of one name that began in the same
 * millisecond, as those of two commands started together, have one each.
 */
export function newRecordPlace(startedAt: Date, name: string): RecordPlace {
  const stamp = startedAt.toISOString().replace(/[:.]/g, '-');
  const stem = join(recordFolder, `${stamp}-${randomBytes(2).toString('hex')}-${name}`);
  return { path: `${stem}.json`, log: `${stem}.log` };
}

/** Writes a record as a whole or not at all, and returns its path. */
export function writeRecord<T extends { startedAt: string }>(
  root: string,
  { path }: RecordPlace,
  record: T,
): string {
  writeWhole(join(root, path), `${JSON.stringify(record, null, 2)}\n`);
  return path;
}
