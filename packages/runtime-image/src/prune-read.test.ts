import { createHash } from 'node:crypto';
import { type ImageReference, parseReference } from '@slipway/contract';
import { type Manifest, putArtifact, type Registry } from '@slipway/effects';
import { beforeEach, expect, it } from 'vitest';
import { planPrune } from './prune-plan.ts';
import { readHeld } from './prune-read.ts';
import { notesTag, ourTags } from './prune-tags.ts';

const repository = 'localhost:5000/team/app';
const ours = ourTags([{ name: 'cpu', tag: 'cpu' }]);
const at = (tag: string) => parseReference(`${repository}:${tag}`);
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

let tags: Map<string, string>;
let manifests: Map<string, Manifest>;
let registry: Registry;
let asked: string[];
beforeEach(() => {
  tags = new Map();
  manifests = new Map();
  asked = [];
  const blobs = new Map<string, string>();
  const digestOf = ({ tag, digest }: ImageReference) => digest ?? tags.get(tag ?? '') ?? '';
  registry = {
    tags: async () => [...tags.keys()],
    digest: async (reference) => manifests.get(digestOf(reference))?.digest,
    manifest: async (reference) => {
      asked.push(digestOf(reference));
      return manifests.get(digestOf(reference));
    },
    blob: async (_, digest) => blobs.get(digest) ?? '',
    putBlob: async (_, text) => {
      blobs.set(sha256(text), text);
      return sha256(text);
    },
    putManifest: async ({ tag }, manifest) => {
      manifests.set(manifest.digest, manifest);
      if (tag !== null) tags.set(tag, manifest.digest);
    },
  } as Partial<Registry> as Registry;
});

async function put(tag: string | null, content: object): Promise<string> {
  const raw = JSON.stringify(content);
  const manifest = { digest: sha256(raw), mediaType: '', raw };
  const reference = { ...parseReference(repository), tag };
  await registry.putManifest(reference, manifest);
  return manifest.digest;
}
const image = async (tag: string, labels: Record<string, string> = {}): Promise<string> => {
  const config = await registry.putBlob(at(tag), JSON.stringify({ config: { Labels: labels } }));
  return put(tag, { config: { digest: config, size: 1 }, layers: [{ digest: sha256(tag), size: 10 }] });
};
const index = (tag: string | null, ...digests: string[]) =>
  put(tag, { manifests: digests.map((digest) => ({ digest })) });
/** As old as anything can be. */
const everythingIsOld = async () => {
  const unreferenced = Object.fromEntries([...manifests.keys()].map((digest) => [digest, '2020-01-01']));
  await putArtifact(registry, at(notesTag), 'application/json', JSON.stringify({ unreferenced }));
};
const policy = { now: new Date('2026-06-01'), olderThanMs: 3_600_000, keep: 0, candidates: true };
const goes = async () => {
  const held = await readHeld(registry, repository, ours);
  return planPrune({ repositories: [held], named: [] }, policy).deletions.flatMap((each) => each.tags);
};

it('follows what tags lead to through indexes that have no tag, however deep', async () => {
  const deep = await image('cpu-444444444444');
  await image('cpu-555555555555');
  await index('nested', await index(null, await index(null, deep)));
  await everythingIsOld();
  expect(await goes()).toEqual(['cpu-555555555555']);
});

it('follows what something with a tag is attached to', async () => {
  const subject = await image('cpu-444444444444');
  await put('theirs', { subject: { digest: await index(null, subject) }, layers: [] });
  await everythingIsOld();
  expect(await goes()).toEqual([]);
});

it('leaves tags alone that only look like ours, also at images of ours', async () => {
  const labels = { 'io.slipway.build.key': '444444444444aa', 'io.slipway.build.key-tag': 'old-444444444444' };
  await image('deploy-20261125aaaa');
  await image('main-0123456789ab');
  await image('tools-0123456789ab');
  await image('old-444444444444', labels);
  const deployed = await image('cpu-777777777777');
  await registry.putManifest(at('deploy-20261124aaaa'), manifests.get(deployed) as Manifest);
  await put('cpu-888888888888', { layers: [] });
  const facts = JSON.stringify({ key: '', components: {} });
  await image('gone-999999999999');
  await putArtifact(registry, at('gone-999999999999.build'), 'application/vnd.slipway.build.v1+json', facts);
  await putArtifact(registry, at('main-0123456789ab.build'), 'application/vnd.theirs', facts);
  await everythingIsOld();
  expect((await goes()).sort()).toEqual([
    'cpu-888888888888',
    'gone-999999999999',
    'gone-999999999999.build',
    'old-444444444444',
  ]);
});

it('fetches nothing of images of others whose tags look like versions, and leaves them alone', async () => {
  const tags = ['v1.2.3', 'v1.2.3.yank', 'theirs.deprecated'];
  for (const tag of tags) await image(tag);
  await image('cpu-444444444444');
  await everythingIsOld();
  const layers = tags.map(sha256);
  const { blob } = registry;
  registry.blob = async (reference, digest) => {
    expect(layers).not.toContain(digest);
    return blob(reference, digest);
  };
  const held = await readHeld(registry, repository, ours);
  expect(tags.map((tag) => held.roles[tag]?.role)).toEqual(['foreign', 'foreign', 'foreign']);
  expect(await goes()).toEqual(['cpu-444444444444']);
});

it('reads when build facts were written, and when notes were', async () => {
  const created = '2026-05-01T00:00:00.000Z';
  const annotations = { 'org.opencontainers.image.created': created };
  const type = 'application/vnd.slipway.build.v1+json';
  await putArtifact(registry, at('cpu-444444444444.build'), type, '{}', { annotations });
  const notes = JSON.stringify({ at: created, unreferenced: { x: created } });
  await putArtifact(registry, at(notesTag), 'application/json', notes);
  expect(await readHeld(registry, repository, ours)).toMatchObject({
    created: { 'cpu-444444444444': created },
    notedAt: created,
    notes: { x: created },
  });
});

it('asks again only for what may have changed', async () => {
  await index('nested', await index(null, await image('cpu-444444444444')));
  await image('old-444444444444', { 'io.slipway.build.key': '444444444444aa' });
  const before = await readHeld(registry, repository, ours);
  asked = [];
  expect(await readHeld(registry, repository, ours, { before })).toEqual(before);
  expect(asked).toEqual([]);
});
