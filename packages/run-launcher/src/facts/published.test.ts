import { Failure, releaseManifestType, yankType } from '@slipway/contract';
import type { Registry } from '@slipway/effects';
import { expect, it } from 'vitest';
import { commitOf, readPublished, readSiblings, readYanks, versionOfLabels } from './published.ts';

/** A registry of artifacts and images, by tag; a blob is what its own digest says. */
function registryOf(tags: Record<string, object>, { down = false } = {}): Registry {
  const blobs = new Map<string, string>();
  const layer = (value: object) => {
    const text = JSON.stringify(value);
    const digest = `b${blobs.size}`;
    blobs.set(digest, text);
    return { digest };
  };
  const unreachable = new Failure({ code: 'registry-unreachable', message: 'h does not answer', remedy: '' });
  return {
    tags: async () => Object.keys(tags),
    manifest: async ({ tag }) => {
      if (down) throw unreachable;
      const value = tags[tag ?? ''];
      const artifactType = tag?.endsWith('.yank') ? yankType : releaseManifestType;
      const raw = value && JSON.stringify({ artifactType, layers: [layer(value)], config: layer(value) });
      return raw && { digest: 'd', mediaType: '', raw };
    },
    blob: async (_: unknown, digest: string) => blobs.get(digest) ?? '',
  } as Partial<Registry> as Registry;
}

const digest = `sha256:${'a'.repeat(64)}`;
const capabilities = (text: string) => ({ 'io.slipway.gpu.compute-capabilities': text });
const release = {
  commit: 'c'.repeat(40),
  architectures: {
    ampere: { digest, contract: capabilities('8.0;8.6') },
    cpu: { contract: capabilities('') },
  },
};
const yank = { slipwayYank: 1, version: 'v0.1.0', reason: 'bad', at: '2026-11-20T10:00:00Z' };
const published = { 'v0.1.0': release, 'v0.1.0.yank': yank };

it('reads withdrawal, commit and images of a version', async () => {
  const read = await readPublished(registryOf(published), 'team/app:ampere-v0.1.0', 'v0.1.0');
  expect(read).toMatchObject({ version: 'v0.1.0', yanked: yank, release: { commit: release.commit } });
  expect(commitOf([read], digest)).toBe(release.commit);
  // Something else under the tag of a version is not what was released.
  expect(commitOf([read], `sha256:${'b'.repeat(64)}`)).toBeNull();
  expect(await readSiblings(registryOf({}), 'team/app:x-v0.1.0', read)).toMatchObject([
    { tag: 'ampere-v0.1.0', computeCapabilities: ['8.0', '8.6'] },
    { tag: 'cpu-v0.1.0', computeCapabilities: [] },
  ]);
});

it('finds the images of a version that has no release manifest by its tags and their labels', async () => {
  const labelled = (text: string) => ({ config: { Labels: capabilities(text) } });
  const registry = registryOf({
    'turing-v0.1.0': labelled('7.5'),
    'ampere-v0.1.0': labelled('8.0;8.6'),
    'turing-v0.1.10': labelled('7.5'),
    'foreign-v0.1.0': {},
    'turing-edge': labelled('7.5'),
  });
  const read = await readPublished(registry, 'team/app:ampere-v0.1.0', 'v0.1.0');
  expect(read.release).toBeNull();
  expect(await readSiblings(registry, 'team/app:ampere-v0.1.0', read)).toEqual([
    { tag: 'turing-v0.1.0', computeCapabilities: ['7.5'] },
    { tag: 'ampere-v0.1.0', computeCapabilities: ['8.0', '8.6'] },
  ]);
});

it.each([
  ['by its tag', 'team/app:cpu-v0.1.0', {}],
  ['by a digest', `team/app@${digest}`, { 'org.opencontainers.image.version': 'v0.1.0' }],
  ['by another tag', 'team/app:cpu-edge', { 'org.opencontainers.image.version': 'v0.1.0' }],
  ['by a tag of another version', 'team/app:cpu-v9.0.0', { 'org.opencontainers.image.version': 'v0.1.0' }],
])('finds the withdrawal of an image %s', async (_how, reference, labels) => {
  expect(await readYanks(registryOf(published), { reference, labels })).toMatchObject({ reason: 'bad' });
});

it('does not say that nothing was withdrawn when the registry cannot be asked', async () => {
  const image = { reference: 'team/app:cpu-v0.1.0', labels: {} };
  expect(await readYanks(registryOf(published, { down: true }), image)).toEqual({
    unasked: 'h does not answer',
  });
  expect(await readYanks(registryOf({}), image)).toBeNull();
  expect(versionOfLabels({ 'org.opencontainers.image.version': '24.04' })).toBeNull();
});
