import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { Manifest, Registry } from '@slipway/effects';
import { expect, it } from 'vitest';
import { inspectImage } from './inspect.ts';
import { describeInspection } from './inspect-describe.ts';
import { inspectImages } from './inspect-images.ts';

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const labels = {
  'io.slipway.architecture': 'cpu',
  'io.slipway.python': '3.12',
  'io.slipway.gpu.compute-capabilities': '',
  'io.slipway.gpu.torch-cuda-arch-list': '',
  'io.slipway.gpu.flash-attn-cuda-archs': '',
  'io.slipway.jit': 'false',
  'io.slipway.kind': 'runtime',
  'io.slipway.application.name': 'digits',
  'io.slipway.build.key': 'k',
  'io.slipway.build.key-tag': 'cpu-k',
  'org.opencontainers.image.version': 'v0.1.0',
};

/** A registry that holds an image under `image`, and artifacts under other tags. */
function registry(of: Record<string, string>, artifacts: Record<string, unknown> = {}): Registry {
  const blobs = new Map<string, string>();
  const manifests = new Map<string, Manifest>();
  const put = (text: string) => blobs.set(sha256(text), text) && sha256(text);
  const add = (tag: string, manifest: object) => {
    const raw = JSON.stringify(manifest);
    const entry = { digest: sha256(raw), mediaType: '', raw };
    manifests.set(tag, entry).set(entry.digest, entry);
    return entry.digest;
  };
  const config = { digest: put(JSON.stringify({ config: { Labels: of } })) };
  const base = { 'org.opencontainers.image.base.name': 'acme/base:cpu' };
  const annotations = { ...base, 'org.opencontainers.image.base.digest': `sha256:${'b'.repeat(64)}` };
  add('image', { config, layers: [{ size: 1000 }, { size: 500 }], annotations });
  const listed = Object.entries(artifacts).map(([tag, content]) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    return { digest: add(tag, { layers: [{ digest: put(text) }] }), artifactType: tag };
  });
  return {
    manifest: async ({ tag, digest }: { tag: string; digest: string }) => manifests.get(digest ?? tag),
    blob: async (_: unknown, digest: string) => blobs.get(digest) ?? '',
    referrers: async ({ digest }: { digest: string }) =>
      digest === manifests.get('image')?.digest ? listed : [],
  } as unknown as Registry;
}

it('tells in words what there is of an image, and what there is not', async () => {
  const sbom = {
    specVersion: '1.6',
    components: [
      { type: 'application', name: 'digits', version: '0.1.0', purl: 'pkg:pypi/digits@0.1.0' },
      { type: 'file', name: '/app/digits' },
    ],
  };
  const found = await inspectImage(
    registry(labels, {
      'application/vnd.cyclonedx+json': sbom,
      'cpu-k.build': {
        key: 'k',
        components: {
          ...{ dockerfile: 'FROM scratch', arguments: {} },
          ...{ base: `sha256:${'b'.repeat(64)}`, platform: 'linux/amd64' },
        },
      },
      'v0.1.0.yank': { slipwayYank: 1, version: 'v0.1.0', reason: 'loses labels', at: '2026-01-01' },
    }),
    'acme/digits:image',
  );
  expect(describeInspection(found).split('\n')).toEqual([
    'acme/digits:image',
    `  digest          ${found.digest}`,
    '  size            1.5 kB (compressed) in 2 layers',
    '  kind            runtime digits v0.1.0',
    '  architecture    cpu',
    '  GPUs            none promised',
    '  Python          3.12',
    '  build key       k (cpu-k)',
    '  made of         arguments 44136fa355b3, base bbbbbbbbbbbb, dockerfile 67c4282c6928, platform linux/amd64',
    `  base            acme/base:cpu (sha256:${'b'.repeat(64)})`,
    '  holds           2 parts, of them 1 Python packages (CycloneDX 1.6)',
    '  WITHDRAWN       loses labels (2026-01-01)',
    '  missing         no list of what its base holds',
    '  missing         no provenance',
    '  missing         no signature',
  ]);
});

it('tells a substitute, and of a dev image why nothing lies beside it', async () => {
  const substitute = `ubuntu:24.04=sha256:${'d'.repeat(64)}`;
  const found = await inspectImage(
    registry({ ...labels, 'io.slipway.kind': 'dev', 'io.slipway.substitute': substitute }),
    'acme/digits:image',
  );
  expect(found.substitute).toBe(substitute);
  const words = describeInspection(found);
  expect(words).toMatch(/substitute +ubuntu:24.04=sha256:d+: other bytes/);
  expect(words).toMatch(/missing +no provenance: nothing is put beside dev images/);
});

it('says what a release manifest is, and misses nothing of an image in it', async () => {
  const release = {
    ...{ slipwayRelease: 1, version: 'v0.1.0', application: 'digits', commit: 'c'.repeat(40), notes: '' },
    architectures: {
      cpu: {
        ...{ digest: sha256('cpu'), keyTag: 'cpu-1', contract: {}, bytes: 1 },
        base: { keyTag: 'cpu-2', digest: sha256('base') },
      },
    },
  };
  const text = JSON.stringify(release);
  const raw = JSON.stringify({
    artifactType: 'application/vnd.slipway.release.v1+json',
    config: { digest: sha256('{}') },
    layers: [{ digest: sha256(text), size: 9 }],
  });
  const holding = {
    ...registry(labels),
    manifest: async () => ({ digest: sha256(raw), mediaType: '', raw }),
    blob: async (_: unknown, digest: string) => (digest === sha256(text) ? text : '{}'),
  } as unknown as Registry;
  const found = await inspectImage(holding, 'acme/digits:v0.1.0');
  expect(found).toMatchObject({ release, missing: [], artifact: 'application/vnd.slipway.release.v1+json' });
  expect(describeInspection(found)).toContain(
    'no image, but the release manifest of digits v0.1.0: what it consists of, from commit cccccccccccc',
  );
  expect(describeInspection(found)).toContain(`holds           cpu ${sha256('cpu')}`);
});

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const verifier = {
  by: 'cosign.pub',
  key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
};
const emptyConfiguration = 'application/vnd.oci.empty.v1+json';

/** A registry with one artifact, and signatures by the key of the images of these digests. */
function artifactRegistry(artifactType: string, mediaType: string, content: object, signed: string[] = []) {
  const blobs = new Map<string, string>([['config', '{}']]);
  blobs.set('content', JSON.stringify(content));
  const raw = JSON.stringify({
    artifactType,
    config: { mediaType, digest: 'config' },
    layers: [{ digest: 'content', size: 9 }],
  });
  const manifests = new Map([['artifact', raw]]);
  for (const digest of signed) {
    const text = JSON.stringify({ critical: { image: { 'docker-manifest-digest': digest } } });
    const signature = sign('sha256', Buffer.from(text), privateKey).toString('base64');
    blobs.set(digest, text);
    const layer = {
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
      digest,
      annotations: { 'dev.cosignproject.cosign/signature': signature },
    };
    manifests.set(`${digest.replace(':', '-')}.sig`, JSON.stringify({ layers: [layer] }));
  }
  return {
    manifest: async ({ tag }: { tag: string | null }) => {
      const found = manifests.get(tag ?? 'artifact');
      return found && { digest: sha256(found), mediaType: '', raw: found };
    },
    blob: async (_: unknown, digest: string) => blobs.get(digest) ?? '',
    referrers: async () => [],
  } as unknown as Registry;
}

const releaseOf = (...names: string[]) => ({
  ...{ slipwayRelease: 1, version: 'v0.1.0', application: 'digits', commit: null, notes: '' },
  architectures: Object.fromEntries(
    names.map((name) => [
      name,
      {
        ...{ digest: sha256(name), keyTag: `${name}-1`, contract: {}, bytes: 1 },
        base: { keyTag: `${name}-2`, digest: sha256('base') },
      },
    ]),
  ),
});

it.each([
  ['all', ['cpu', 'turing'], ['cpu', 'turing'], /signatures +each of its images is signed by cosign.pub/],
  [
    'not all',
    ['cpu', 'turing'],
    ['cpu'],
    /signatures +NOT all by cosign.pub: turing \(sha256:\w+\): it is not/,
  ],
  ['none', [], [], /signatures +NOT all by cosign.pub: it names no image/],
])('of a release manifest judges the images that it names: %s', async (_what, names, signed, words) => {
  const type = 'application/vnd.slipway.release.v1+json';
  const from = artifactRegistry(type, emptyConfiguration, releaseOf(...names), signed.map(sha256));
  const { found, problems } = await inspectImages(from, ['acme/digits:artifact'], verifier);
  expect(found.map(describeInspection).join()).toMatch(words);
  expect(problems).toHaveLength(words.source.includes('NOT') ? 1 : 0);
});

it('judges no artifact, but every image that only calls itself one', async () => {
  const look = (configuration: string) =>
    inspectImages(artifactRegistry('text/plain', configuration, {}), ['acme/digits:artifact'], verifier);
  const artifact = await look(emptyConfiguration);
  expect(artifact.problems).toEqual([]);
  expect(artifact.found.map(describeInspection).join()).toMatch(
    /missing +not held against cosign.pub: it is no image, and by design only images are signed/,
  );
  const image = await look('application/vnd.oci.image.config.v1+json');
  expect(image.problems).toMatchObject([{ code: 'signature-missing' }]);
});

it('does not tell components of another key, and names labels that cannot be read', async () => {
  const { 'io.slipway.jit': _, ...without } = labels;
  const found = await inspectImage(
    registry(without, { 'cpu-k.build': { key: 'other', components: {} } }),
    'acme/digits:image',
  );
  expect(found).toMatchObject({ contract: null, components: null, key: 'k' });
  expect(found.missing).toEqual([
    'the image has no label io.slipway.jit',
    'no build facts: what its key was made of is not kept',
    'no list of what it holds (SBOM)',
    'no provenance',
    'no signature',
  ]);
});

it('goes on when something beside an image cannot be read', async () => {
  const found = await inspectImage(
    registry(labels, { 'application/vnd.cyclonedx+json': 'no JSON' }),
    'acme/digits:image',
  );
  expect(found.missing[0]).toMatch(
    /^the artifact sha256:\w+ of type application\/vnd.cyclonedx\+json cannot/,
  );
  await expect(inspectImage(registry(labels), 'acme/digits:none')).rejects.toThrow('error[image-missing]');
});
