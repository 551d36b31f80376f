import { createHash } from 'node:crypto';
import { parseVersion, type ReleaseManifest, releaseManifestType } from '@slipway/contract';
import { type Manifest, putArtifact, type Registry, readYank } from '@slipway/effects';
import { expect, it } from 'vitest';
import { yankVersion } from './yank.ts';

const repository = 'localhost:5000/team/app';
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** A registry of one repository, as far as tags, manifests and small blobs go. */
function fakeRegistry() {
  const manifests = new Map<string, Manifest>();
  const blobs = new Map<string, string>();
  const at = ({ tag, digest }: { tag: string | null; digest: string | null }) => digest ?? tag ?? '';
  const registry = {
    digest: async (reference) => manifests.get(at(reference))?.digest,
    manifest: async (reference) => manifests.get(at(reference)),
    tags: async () => [...manifests.keys()].filter((name) => !name.startsWith('sha256:')),
    blob: async (_reference, digest) => blobs.get(digest) ?? '',
    putBlob: async (_reference, text) => {
      blobs.set(sha256(text), text);
      return sha256(text);
    },
    putManifest: async (reference, { raw, mediaType }) => {
      const manifest = { raw, mediaType, digest: sha256(raw) };
      manifests.set(manifest.digest, manifest);
      manifests.set(at(reference), manifest);
    },
  } satisfies Partial<Registry>;
  return registry as unknown as Registry;
}

async function publish(registry: Registry, version: string, names: readonly string[]) {
  const reference = (tag: string) => ({ registry: '', repository: '', tag, digest: null });
  const architectures: ReleaseManifest['architectures'] = {};
  for (const name of names) {
    const raw = `{"image":"${name} ${version}"}`;
    await registry.putManifest(reference(`${name}-${version}`), { raw, mediaType: '', digest: '' });
    const base = { keyTag: 'base', digest: sha256('base') };
    architectures[name] = { digest: sha256(raw), keyTag: 'key', base, contract: {}, bytes: 1 };
    if (!version.includes('rc')) {
      await registry.putManifest(reference(`${name}-latest`), { raw, mediaType: '', digest: '' });
      await registry.putManifest(reference(`${name}-${version}.smoked`), { raw, mediaType: '', digest: '' });
    }
  }
  const release: ReleaseManifest = {
    slipwayRelease: 1,
    version,
    application: 'app',
    commit: null,
    notes: '',
    architectures,
  };
  await putArtifact(registry, reference(version), releaseManifestType, JSON.stringify(release));
}

it('marks a version, and lets latest go back to the highest good one that has the architecture', async () => {
  const registry = fakeRegistry();
  await publish(registry, 'v0.1.0', ['cpu', 'turing']);
  await publish(registry, 'v0.2.0-rc1', ['cpu', 'turing']);
  await publish(registry, 'v0.2.0', ['cpu']);
  await publish(registry, 'v0.10.0', ['cpu', 'turing']);
  const latest = async (name: string) =>
    JSON.parse(
      (await registry.manifest({ registry: '', repository: '', tag: name, digest: null }))?.raw ?? '',
    ).image;
  const at = new Date('2026-01-02T03:04:05Z');
  const done = await yankVersion(registry, repository, parseVersion('v0.10.0'), {
    reason: 'it diverges',
    at,
  });
  expect(done).toEqual({
    yank: { slipwayYank: 1, version: 'v0.10.0', reason: 'it diverges', at: at.toISOString() },
    followed: [
      { tag: 'cpu-latest', moved: true, why: 'back to v0.2.0' },
      { tag: 'turing-latest', moved: true, why: 'back to v0.1.0' },
    ],
  });
  expect(await latest('cpu-latest')).toBe('cpu v0.2.0');
  expect(await latest('turing-latest')).toBe('turing v0.1.0');

  const again = { reason: 'another reason', at: new Date() };
  const twice = await yankVersion(registry, repository, parseVersion('v0.10.0'), again);
  expect(twice).toEqual({ yank: done.yank, followed: [] });
  await yankVersion(registry, repository, parseVersion('v0.2.0'), again);
  expect(await latest('cpu-latest')).toBe('cpu v0.1.0');
  const last = await yankVersion(registry, repository, parseVersion('v0.1.0'), again);
  expect(last.followed.map(({ moved }) => moved)).toEqual([false, false]);
  expect((await readYank(registry, repository, parseVersion('v0.1.0')))?.reason).toBe('another reason');
  expect(await readYank(registry, repository, parseVersion('v0.2.0-rc1'))).toBeUndefined();
});

it('refuses a version that is not published', async () => {
  const note = { reason: 'x', at: new Date() };
  const refused = yankVersion(fakeRegistry(), repository, parseVersion('v0.1.0'), note);
  await expect(refused).rejects.toThrow('error[release-incomplete]');
});
