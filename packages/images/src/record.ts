import { join } from 'node:path';
import type { Problem } from '@slipway/contract';
import { writeWhole } from '@slipway/effects';
import type { ImagePlan } from './plan.ts';

/** What happened to one image: the plan that was carried out, and what came of it. */
export interface ImageRecord {
  record: 'image';
  startedAt: string;
  endedAt: string;
  durationSeconds: number;
  /** `kept`: it is there under its key tag, and no tag was moved because another image of the set failed. */
  outcome: 'current' | 'tagged' | 'built' | 'kept' | 'failed';
  plan: ImagePlan;
  /** Digest of the image under its key tag, read back from the registry. */
  digest?: string;
  /** Compressed bytes of each layer, lowest first, and which of them came with this image's own build. */
  layers?: { digest: string; bytes: number; fromParent: boolean }[];
  steps: { name: string; seconds: number }[];
  log?: string;
  problems?: readonly Problem[];
}

/** Layers that came with an image's own build, and their compressed bytes together. */
export function ownLayers(layers: ImageRecord['layers'] = []) {
  const own = layers.filter(({ fromParent }) => !fromParent);
  return { own, bytes: own.reduce((sum, layer) => sum + layer.bytes, 0) };
}

/** Folder of the records, git-ignored, one file an image and attempt. */
export const recordFolder = '.slipway/records';

/** Writes a record as a whole or not at all, and returns its path relative to the workspace. */
export function writeRecord(root: string, record: ImageRecord): string {
  const stamp = record.startedAt.replace(/[:.]/g, '-');
  const path = join(recordFolder, `${stamp}-${record.plan.project}.json`);
  writeWhole(join(root, path), `${JSON.stringify(record, null, 2)}\n`);
  return path;
}
