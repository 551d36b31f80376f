import type { Architecture } from '@slipway/contract';
import { type Manifest, type Registry, readDeprecation } from '@slipway/effects';
import { expect, it } from 'vitest';
import { deprecationNotes, noteDeprecations } from './deprecated.ts';

const architecture = (name: string, deprecated: string | null) => ({ name, deprecated }) as Architecture;

it('says of each deprecated architecture why nobody should start with it', () => {
  expect(
    deprecationNotes([architecture('cpu', null), architecture('turing', 'no flash-attention there')]),
  ).toEqual(['warning: turing is deprecated: no flash-attention there']);
});

it('notes it beside the images once, and takes it back only when it is told to', async () => {
  const registry = memory();
  const note = (deprecated: string | null, change: boolean) =>
    noteDeprecations(registry, 'localhost:5000/team/app', [architecture('cpu', deprecated)], {
      at: new Date('2026-06-01'),
      change,
    });
  const read = () => readDeprecation(registry, 'localhost:5000/team/app', 'cpu');
  expect(await note(null, true)).toEqual([]);
  expect(await read()).toBeUndefined();
  expect(await note('take ampere', false)).toHaveLength(1);
  expect(await note('take ampere', false)).toEqual([]);
  expect(await read()).toMatchObject({ reason: 'take ampere', at: '2026-06-01T00:00:00.000Z' });
  // As from a commit at which nobody had thought of it.
  expect(await note(null, false)).toEqual([]);
  expect(await read()).toMatchObject({ reason: 'take ampere' });
  expect(await note(null, true)).toEqual([
    'cpu is not deprecated any more: noted at localhost:5000/team/app',
  ]);
  expect(await read()).toMatchObject({ reason: null });
  // As from a commit at which it was still deprecated.
  expect(await note('take ampere', false)).toEqual([]);
  expect(await read()).toMatchObject({ reason: null });
  expect(await note('take hopper', true)).toHaveLength(1);
  expect(await note('take ampere', false)).toEqual([]);
  expect(await read()).toMatchObject({ reason: 'take hopper' });
});

/** A registry in memory, as far as artifacts need it. */
function memory(): Registry {
  const manifests = new Map<string, Manifest>();
  const blobs: string[] = [];
  return {
    manifest: async ({ tag }) => manifests.get(tag ?? ''),
    blob: async (_, digest) => blobs[Number(digest)] ?? '',
    putBlob: async (_, text) => String(blobs.push(text) - 1),
    putManifest: async ({ tag }, manifest) => {
      manifests.set(tag ?? '', manifest);
    },
  } as Partial<Registry> as Registry;
}
