import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Architecture,
  deprecationTag,
  Failure,
  type ImageReference,
  parseReference,
  parseVersion,
} from '@slipway/contract';
import type { Manifest, Registry } from '@slipway/effects';
import type { ImagePlan, Workspace } from '@slipway/images';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { usedTag } from './prune-tags.ts';
import { publish } from './publish.ts';

const [base, runtime] = ['localhost:5000/team/base', 'localhost:5000/team/app'];
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

let root: string;
/** What was written, in order. */
let written: string[];
let said: string[];
/** Writes that the registry refuses. */
let refuses: (at: string) => boolean;
let registry: Registry;
let plan: ImagePlan;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'publish-'));
  [written, said] = [[], []];
  refuses = () => false;
  const manifests = new Map<string, Manifest>();
  const blobs = new Map<string, string>();
  const at = ({ registry: host, repository, tag, digest }: ImageReference) =>
    `${host}/${repository}:${digest ?? tag}`;
  registry = {
    digest: async (reference) => manifests.get(at(reference))?.digest,
    manifest: async (reference) => manifests.get(at(reference)),
    blob: async (_, digest) => blobs.get(digest) ?? '',
    putBlob: async (_, text) => {
      blobs.set(sha256(text), text);
      return sha256(text);
    },
    putManifest: async (reference, { raw }) => {
      if (refuses(at(reference))) {
        throw new Failure({ code: 'registry-denied', message: `${at(reference)} is refused`, remedy: '' });
      }
      const manifest = { digest: sha256(raw), mediaType: '', raw };
      manifests.set(at(reference), manifest).set(at({ ...reference, digest: manifest.digest }), manifest);
      written.push(at(reference));
    },
  } as Partial<Registry> as Registry;
  const image = async (reference: string, annotations = {}): Promise<string> => {
    const config = await registry.putBlob(parseReference(reference), '{}');
    const raw = JSON.stringify({ config: { digest: config }, layers: [], annotations });
    await registry.putManifest(parseReference(reference), { digest: '', mediaType: '', raw });
    return sha256(raw);
  };
  const parent = await image(`${base}:cpu-1`);
  const digest = await image(`${runtime}:cpu-2`, { parent });
  plan = {
    ...{ project: 'runtime-cpu', kind: 'runtime', architecture: 'cpu', repository: runtime, state: 'tag' },
    ...{ key: 'k', keyTag: 'cpu-2', digest, movingTags: ['cpu-v0.1.0'], tagDigests: { 'cpu-v0.1.0': null } },
    ...{ reason: '', components: {}, sources: [], builds: [], siblings: [], limit: null },
    parent: { project: 'base-cpu', reference: `${base}:cpu-1`, digest: parent },
    machine: { substitutes: {}, repositories: {} },
  } as unknown as ImagePlan;
  written = [];
});
afterEach(() => rmSync(root, { recursive: true }));

const run = () => {
  const architectures = [{ name: 'cpu', deprecated: 'take ampere' } as Architecture];
  const workspace = {
    definition: { architectures, application: { name: 'app' } },
    doors: { registry, now: () => new Date() },
  } as unknown as Workspace;
  const version = parseVersion('v0.1.0');
  const around = { root, say: (line: string) => said.push(line) };
  return publish(workspace, { version, images: [plan], notes: [] }, around);
};
const used = `${base}:${usedTag('cpu-1', runtime)}`;
const noted = `${runtime}:${deprecationTag('cpu')}`;

it('says at the base that it is used first of all, and notes deprecations last', async () => {
  expect((await run()).problems).toEqual([]);
  expect(written).toEqual([used, `${runtime}:cpu-v0.1.0`, `${runtime}:v0.1.0`, noted]);
  expect(await registry.digest(parseReference(used))).toBe(plan.parent?.digest);
});

it('is whole without what only serves others, and tells of it', async () => {
  refuses = (at) => at === used || at === noted;
  const done = await run();
  expect(done.problems).toEqual([]);
  expect(done.release?.version).toBe('v0.1.0');
  expect(said.filter((line) => line.startsWith('warning:'))).toEqual([
    expect.stringContaining(`${used} is refused`),
    expect.stringContaining(`${noted} is refused`),
  ]);
});
