import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Manifest, putArtifact, type Registry, type Signer } from '@slipway/effects';
import { expect, it } from 'vitest';
import { attach } from './attest.ts';
import type { AttestPlan } from './attest-plan.ts';
import type { Doors } from './execute.ts';
import type { ImagePlan } from './plan.ts';

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const manifest: Manifest = { digest: sha256('image'), mediaType: 'm', raw: 'image' };
const none: AttestPlan = { sbom: false, provenance: false, sign: null, transparencyLog: false };

/** A registry in memory, with lists of its own. */
function registry(tagged: Record<string, string> = {}) {
  const blobs = new Map<string, string>();
  const manifests = new Map<string, Manifest>();
  const add = (at: string, raw: string) => {
    const entry = { digest: sha256(raw), mediaType: '', raw };
    manifests.set(at, entry).set(entry.digest, entry);
  };
  const put = (text: string) => blobs.set(sha256(text), text) && sha256(text);
  for (const [tag, text] of Object.entries(tagged))
    add(tag, JSON.stringify({ layers: [{ digest: put(text) }] }));
  const door = {
    manifest: async ({ tag, digest }: { tag: string; digest: string }) => manifests.get(digest ?? tag),
    digest: async ({ tag }: { tag: string }) => manifests.get(tag)?.digest,
    blob: async (_: unknown, digest: string) => blobs.get(digest) ?? '',
    putBlob: async (_: unknown, text: string) => put(text),
    putManifest: async ({ tag, digest }: { tag: string; digest: string }, { raw }: Manifest) =>
      add(tag ?? digest, raw),
    referrers: async ({ digest }: { digest: string }) =>
      [...new Set(manifests.values())].flatMap((each) => {
        const { subject, artifactType, annotations } = JSON.parse(each.raw);
        return subject?.digest === digest ? [{ digest: each.digest, artifactType, annotations }] : [];
      }),
  };
  return { door: door as unknown as Registry, manifests, blobs };
}

const plan = (change: Partial<ImagePlan>): ImagePlan =>
  ({
    ...{
      project: 'runtime-cpu',
      kind: 'runtime',
      architecture: 'cpu',
      repository: 'localhost:5000/acme/digits',
    },
    ...{ key: 'k', keyTag: 'cpu-k', parent: null, sources: [], state: 'current' },
    builds: [
      {
        ...{ target: 'runtime', platform: 'linux/amd64', contexts: {}, labels: {} },
        dockerfile: { path: 'd', text: 'FROM scratch' },
        arguments: { PYTHON_VERSION: '1' },
        images: { 'application-image': 'localhost:5000/acme/digits:application-1' },
      },
    ],
    ...change,
  }) as unknown as ImagePlan;

async function run(
  door: Registry,
  change: Partial<ImagePlan>,
  signed: string[] = [],
  predicates: string[] = [],
) {
  const signer = () =>
    ({
      publicKey: async () => '',
      sign: async () => signed.push('image') && undefined,
      attest: async (_: string, type: string, file: string) => {
        signed.push(type);
        predicates.push(readFileSync(file, 'utf8'));
      },
    }) as unknown as Signer;
  const doors = { registry: door, signer, now: () => new Date(0) } as unknown as Doors;
  const around = { root: '/', say: () => undefined };
  return attach({ plan: plan(change), started: new Date(0), manifest }, doors, around);
}

it('refuses an SBOM that cannot be made, says how it can, and neither signs nor says that it is done', async () => {
  const signed: string[] = [];
  const base = {
    project: 'base-cpu',
    kind: 'base' as const,
    attest: { ...none, sbom: true, sign: 'key' as const },
  };
  const { door, manifests } = registry();
  await expect(run(door, base, signed)).rejects.toThrow(
    /error\[statement-impossible\] no SBOM can be made of localhost:5000\/acme\/digits:cpu-k[^\n]*\n {2}fix: .*npx nx run base-cpu:verify/,
  );
  expect([signed, manifests.size]).toEqual([[], 0]);
  const facts = JSON.stringify({ key: 'k', components: {}, python: '3.12', packages: [] });
  expect(await run(registry({ 'cpu-k.build': facts }).door, base)).toMatchObject([
    { what: 'sbom', made: true },
    { what: 'signature', made: true },
  ]);
});

it('refuses provenance by a plan that only makes again what an image was built with', async () => {
  const helper = { builds: [], attest: { ...none, provenance: true } };
  await expect(run(registry().door, helper)).rejects.toThrow('fix: start the same command again');
});

it('signs the statements that lie there already, whoever asked for them', async () => {
  const { door } = registry();
  await run(door, { attest: { ...none, sbom: true, provenance: true } });
  const signed: string[] = [];
  const done = await run(door, { attest: { ...none, sign: 'key' } }, signed);
  expect(signed).toEqual(['cyclonedx', 'slsaprovenance1', 'image']);
  expect(done.map(({ what, made }) => [what, made])).toEqual([
    ['sbom', false],
    ['provenance', false],
    ['signature', true],
  ]);
});

it.each<[string, 'sbom' | 'provenance', (text: string) => string]>([
  ['a list with more in it', 'sbom', (text) => text.replace('"version": 1', '"version": 2')],
  ['another builder', 'provenance', (text) => text.replace('builder:local', 'builder:forged')],
  [
    'a claim beside the times',
    'provenance',
    (text) => text.replace('"metadata": {', '"metadata": { "forged": "x",'),
  ],
  ['a claim in place of a time', 'provenance', (text) => text.replace(/"1970[^"]*"/, '["forged"]')],
  ['what is no statement', 'provenance', () => 'forged'],
])('does not sign %s that somebody put there: it signs its own', async (_what, what, forge) => {
  const asked = { attest: { ...none, [what]: true }, state: 'build' as const };
  const first = registry();
  const [made] = await run(first.door, asked);
  const layer = JSON.parse(first.manifests.get(made?.digest ?? '')?.raw ?? '').layers[0];
  const honest = first.blobs.get(layer.digest) ?? '';
  const forged = forge(honest);
  expect(forged).not.toBe(honest);
  const { door } = registry();
  await putArtifact(
    door,
    { registry: 'localhost:5000', repository: 'acme/digits', tag: null, digest: null },
    layer.mediaType,
    forged,
    {
      subject: { mediaType: '', digest: manifest.digest, size: 0 },
      annotations: { 'io.slipway.attestation': what },
    },
  );
  const signed: string[] = [];
  const predicates: string[] = [];
  const sign = (attest: Partial<AttestPlan>) =>
    run(door, { ...asked, attest: { ...none, ...attest, sign: 'key' } }, signed, predicates);
  // Nobody asked for one: the image is signed without it.
  expect(await sign({})).toMatchObject([{ what: 'signature' }]);
  expect(await sign({ [what]: true })).toMatchObject([{ what, made: true }, { what: 'signature' }]);
  // What it put there itself it knows again.
  expect(await sign({ [what]: true })).toMatchObject([{ what, made: false }, { what: 'signature' }]);
  expect(signed.filter((each) => each !== 'image')).toHaveLength(2);
  const expected = what === 'sbom' ? JSON.parse(honest) : JSON.parse(honest).predicate;
  for (const predicate of predicates) expect(JSON.parse(predicate)).toEqual(expected);
});

it('signs provenance of an earlier run, with the times that it states', async () => {
  const { door } = registry();
  await run(door, { attest: { ...none, provenance: true }, state: 'build' });
  const predicates: string[] = [];
  expect(await run(door, { attest: { ...none, sign: 'key' } }, [], predicates)).toMatchObject([
    { what: 'provenance', made: false },
    { what: 'signature', made: true },
  ]);
  expect(predicates[0]).toContain('"startedOn":"1970');
});

it('states the same whether a helper image had to be made or was there', async () => {
  const { door } = registry();
  const attest = { ...none, provenance: true };
  const [own] = plan({}).builds;
  const helper = { ...own, target: 'application-image', images: { 'slipway/tools': 'a/b:tools-1' } };
  await run(door, { attest });
  const builds = [helper, own] as ImagePlan['builds'];
  expect(await run(door, { attest: { ...attest, sign: 'key' }, builds })).toMatchObject([
    { what: 'provenance', made: false },
    { what: 'signature' },
  ]);
});

it('states the digest of what was made in the same run', async () => {
  const application = registry({ 'application-1': 'x' });
  await run(application.door, { attest: { ...none, provenance: true } });
  const text = [...application.blobs.values()].find((each) => each.includes('slsa.dev/provenance')) ?? '{}';
  const digest = application.manifests.get('application-1')?.digest.slice(7);
  expect(JSON.parse(text).predicate.buildDefinition.resolvedDependencies).toMatchObject([
    { digest: { sha256: digest } },
  ]);
});
