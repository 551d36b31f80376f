import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, type ImageReference, parseReference } from '@slipway/contract';
import type { Manifest, Registry } from '@slipway/effects';
import { expect, it, onTestFinished } from 'vitest';
import { buildFactsType } from './build-facts.ts';
import { type Doors, executeImages } from './execute.ts';
import type { ImagePlan } from './plan.ts';

const repository = 'localhost:5000/team/app';
const created = 'org.opencontainers.image.created';
const long = '2020-01-01T00:00:00.000Z';
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const at = parseReference(repository);

/** A registry with two images, of which `cpu-edge` is at the second; `run` moves a tag to the first. */
async function twoImages({ refuses = '' } = {}) {
  const manifests = new Map<string, Manifest>();
  const blobs = new Map<string, string>();
  const put = (tag: string, raw: string) => {
    const manifest = { digest: sha256(raw), mediaType: '', raw };
    manifests.set(tag, manifest).set(manifest.digest, manifest);
    return manifest.digest;
  };
  const of = ({ tag, digest }: ImageReference) => digest ?? tag ?? '';
  const registry = {
    digest: async (reference) => manifests.get(of(reference))?.digest,
    manifest: async (reference) => manifests.get(of(reference)),
    blob: async (_, digest) => blobs.get(digest) ?? '',
    putBlob: async (_, text) => blobs.set(sha256(text), text) && sha256(text),
    putManifest: async (reference, { raw }) => {
      if (of(reference) === refuses)
        throw new Failure({ code: 'registry-denied', message: `${refuses} is refused`, remedy: '' });
      put(of(reference), raw);
    },
  } as Partial<Registry> as Registry;
  const digest = put('cpu-1', JSON.stringify({ layers: [] }));
  const newer = put('cpu-edge', JSON.stringify({ layers: [], annotations: { newer: '' } }));
  const layer = { digest: await registry.putBlob(at, '{"key":"k"}') };
  const annotations = { [created]: long };
  put('cpu-1.build', JSON.stringify({ artifactType: buildFactsType, layers: [layer], annotations }));
  const root = mkdtempSync(join(tmpdir(), 'execute-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const said: string[] = [];
  const run = async (tag: string) => {
    const plan = {
      ...{ project: 'runtime-cpu', kind: 'runtime', architecture: 'cpu', repository, state: 'tag' },
      ...{ key: 'k', keyTag: 'cpu-1', digest, movingTags: [tag], reason: '', components: {}, builds: [] },
      ...{ tagDigests: { 'cpu-edge': newer, 'cpu-v0.1.0': null }, parent: null, limit: null, siblings: [] },
    } as unknown as ImagePlan;
    const doors = { registry, now: () => new Date() } as unknown as Doors;
    const around = { root, say: (line: string) => said.push(line) };
    const [done] = await executeImages([plan], doors, around);
    const facts = JSON.parse(manifests.get('cpu-1.build')?.raw ?? '');
    return {
      outcome: done?.record.outcome,
      moved: manifests.get(tag)?.digest === digest,
      date: facts.annotations[created],
      facts: blobs.get(facts.layers[0].digest),
    };
  };
  return { run, said };
}

it('dates the build facts of an image anew when a tag goes back to it', async () => {
  const before = new Date().toISOString();
  const { run } = await twoImages();
  // A tag that is new takes nothing from another image.
  expect(await run('cpu-v0.1.0')).toMatchObject({ outcome: 'tagged', moved: true, date: long });
  const { date, facts, moved } = await run('cpu-edge');
  expect(moved).toBe(true);
  expect(date >= before).toBe(true);
  expect(facts).toBe('{"key":"k"}');
});

it('moves the tag where that is refused too, and says what follows', async () => {
  const { run, said } = await twoImages({ refuses: 'cpu-1.build' });
  expect(await run('cpu-edge')).toMatchObject({ outcome: 'tagged', moved: true, date: long });
  expect(said).toContainEqual(expect.stringContaining('counts as unused since it was made: cpu-1.build is'));
});
