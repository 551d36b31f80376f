import { createHash } from 'node:crypto';
import {
  Failure,
  type ImageReference,
  parseReference,
  parseVersion,
  type ReleaseManifest,
  releaseManifestType,
} from '@slipway/contract';
import { type Manifest, putArtifact, type Registry } from '@slipway/effects';
import { expect, it } from 'vitest';
import { foreignVersion, moveForward, readPublished, readRelease, writeRelease } from './release.ts';

const repository = 'localhost:5000/team/runtime';
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const version = parseVersion('v0.2.0');

/** A registry in memory. */
function memory() {
  const manifests = new Map<string, Manifest>();
  const blobs = new Map<string, string>();
  const at = ({ tag, digest }: ImageReference) => digest ?? tag ?? '';
  const registry = {
    async digest(reference) {
      return manifests.get(at(reference))?.digest;
    },
    async manifest(reference) {
      return manifests.get(at(reference));
    },
    async blob(_reference, digest) {
      return blobs.get(digest) ?? '';
    },
    async putBlob(_reference, text) {
      blobs.set(sha256(text), text);
      return sha256(text);
    },
    async putManifest(reference, manifest) {
      const stored = { ...manifest, digest: sha256(manifest.raw) };
      manifests.set(at(reference), stored);
      manifests.set(stored.digest, stored);
    },
  } as Registry;
  const image = async (tag: string, labelled: string) => {
    const config = JSON.stringify({
      config: { Labels: { 'org.opencontainers.image.version': labelled } },
    });
    const digest = await registry.putBlob(parseReference(repository), config);
    const raw = JSON.stringify({ config: { digest }, layers: [] });
    await registry.putManifest(parseReference(`${repository}:${tag}`), { digest: '', mediaType: '', raw });
    return sha256(raw);
  };
  return { registry, image };
}

it('moves a tag forward and never back', async () => {
  const { registry, image } = memory();
  const earlier = await image('cpu-v0.1.0', 'v0.1.0');
  const later = await image('cpu-v0.2.0', 'v0.2.0');
  const move = (digest: string, text: string) =>
    moveForward(registry, repository, 'cpu-latest', { digest, version: parseVersion(text) });
  expect(await move(later, 'v0.2.0')).toMatchObject({ moved: true, why: 'it is new' });
  expect(await move(earlier, 'v0.1.0')).toMatchObject({ moved: false });
  expect(await move(later, 'v0.2.0')).toMatchObject({ moved: false, why: 'it points there already' });
});

it('concludes nothing from a registry that fails for a moment', async () => {
  const { registry, image } = memory();
  const earlier = await image('cpu-v0.1.0', 'v0.1.0');
  await image('cpu-latest', 'v0.2.0');
  const failing = {
    ...registry,
    async blob() {
      throw new Failure({ code: 'registry-answer', message: 'HTTP 503', remedy: '' });
    },
  } as Registry;
  const moved = moveForward(failing, repository, 'cpu-latest', {
    digest: earlier,
    version: parseVersion('v0.1.0'),
  });
  await expect(moved).rejects.toThrow('HTTP 503');
});

const release = (...names: string[]): ReleaseManifest => ({
  slipwayRelease: 1,
  version: 'v0.2.0',
  application: 'app',
  commit: null,
  notes: '',
  architectures: Object.fromEntries(
    names.map((name) => [
      name,
      {
        digest: sha256(name),
        keyTag: `${name}-1`,
        base: { keyTag: `${name}-0`, digest: sha256('base') },
        contract: {},
        bytes: 1,
      },
    ]),
  ),
});

it('keeps the architectures of another publish of the same version, also when both write at once', async () => {
  const { registry } = memory();
  await writeRelease(registry, repository, release('ada'));
  await writeRelease(registry, repository, release('ampere'));
  expect(Object.keys((await readRelease(registry, repository, version))?.architectures ?? {})).toEqual([
    'ada',
    'ampere',
  ]);
  // Someone who had read before we wrote writes over it, before we look again.
  let others = 1;
  const contended = {
    ...registry,
    async putManifest(reference, manifest) {
      await registry.putManifest(reference, manifest);
      if (others === 0) return;
      others -= 1;
      const text = JSON.stringify(release('ada', 'ampere', 'hopper'));
      await putArtifact(registry, reference, releaseManifestType, text);
    },
  } as Registry;
  await writeRelease(contended, repository, release('turing'));
  const names = Object.keys((await readRelease(registry, repository, version))?.architectures ?? {});
  expect(names).toEqual(['ada', 'ampere', 'hopper', 'turing']);
});

it("does not take somebody's own image under the tag of a version for that version", async () => {
  const { registry } = memory();
  const raw = JSON.stringify({ layers: [{ digest: sha256('gigabytes') }] });
  await registry.putManifest(parseReference(`${repository}:v0.2.0`), { digest: '', mediaType: '', raw });
  const { blob } = registry;
  registry.blob = async (reference, digest) => {
    expect(digest).not.toBe(sha256('gigabytes'));
    return blob(reference, digest);
  };
  expect(await readPublished(registry, repository, version)).toBeUndefined();
  expect(await foreignVersion(registry, repository, version)).toMatchObject([
    { code: 'version-taken', message: expect.stringContaining(`${repository}:v0.2.0 exists`) },
  ]);
  expect(await foreignVersion(registry, repository, parseVersion('v0.3.0'))).toEqual([]);
  await writeRelease(registry, repository, { ...release('ada'), version: 'v0.4.0' });
  expect(await foreignVersion(registry, repository, parseVersion('v0.4.0'))).toEqual([]);
});

it('keeps how long each publish took, and is not written again by one that finds all of it there', async () => {
  const { registry } = memory();
  const took = (seconds: number) => ({ startedAt: `2026-06-0${seconds}T00:00:00.000Z`, seconds, images: 1 });
  const at = parseReference(`${repository}:v0.2.0`);
  await writeRelease(registry, repository, release('ada'), took(4));
  const first = await registry.digest(at);
  await writeRelease(registry, repository, release('ada'), took(9));
  expect(await registry.digest(at)).toBe(first);
  await writeRelease(registry, repository, release('ampere'), took(5));
  const published = await readPublished(registry, repository, version);
  expect(published?.publishes).toEqual([took(4), took(5)]);
  expect(Object.keys(published?.release.architectures ?? {})).toEqual(['ada', 'ampere']);
});
