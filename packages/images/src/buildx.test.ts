import { expect, it } from 'vitest';
import { buildxArguments } from './buildx.ts';
import type { BuildCall } from './plan.ts';

const call: BuildCall = {
  target: 'runtime',
  dockerfile: { path: 'runtime.Dockerfile', text: '' },
  platform: 'linux/amd64',
  arguments: { VERSION: 'v0.1.0' },
  contexts: { main: { files: [] }, 'application-source': { files: [] } },
  images: { 'slipway/base': 'r/base:t@sha256:1' },
  labels: { 'io.slipway.kind': 'runtime' },
  annotations: { 'org.opencontainers.image.base.digest': 'sha256:1' },
  push: 'r/runtime:cpu-123',
  lazy: true,
  inlineCache: false,
  compressionLevel: 3,
  cacheFrom: [],
  fresh: [],
};
const places = {
  dockerfile: '/t/Dockerfile',
  metadata: '/t/metadata.json',
  contexts: { main: '/t/main', 'application-source': '/t/source' },
  secrets: { ca: '/etc/ca.crt' },
  builder: ['--builder', 'default'],
};
const shared = [
  'buildx',
  'build',
  '--builder',
  'default',
  '--progress=rawjson',
  '--provenance=false',
  '--sbom=false',
  '--file=/t/Dockerfile',
  '--target=runtime',
  '--platform=linux/amd64',
  '--build-arg',
  'VERSION=v0.1.0',
  '--build-context',
  'slipway/base=docker-image://r/base:t@sha256:1',
  '--build-context',
  'application-source=/t/source',
  '--label',
  'io.slipway.kind=runtime',
  '--secret',
  'id=ca,src=/etc/ca.crt',
];
const output =
  '--output=type=image,push=true,oci-mediatypes=true,compression=zstd,compression-level=3,rewrite-timestamp=true,unpack=false,store=false';

it('pushes an image without keeping or unpacking anything', () => {
  expect(buildxArguments(call, places)).toEqual([
    ...shared,
    `${output},annotation.org.opencontainers.image.base.digest=sha256:1`,
    '--tag=r/runtime:cpu-123',
    '--metadata-file=/t/metadata.json',
    '/t/main',
  ]);
});

it('passes an annotation on as one field, whatever it holds', () => {
  const annotations = { title: 'digits, by "hand"' };
  expect(buildxArguments({ ...call, annotations }, places)).toContain(
    `${output},"annotation.title=digits, by ""hand"""`,
  );
});

it('adds the cache of the base and drops annotations that are not there', () => {
  const base = {
    ...call,
    annotations: {},
    inlineCache: true,
    compressionLevel: 9,
    cacheFrom: ['r/base:cpu'],
  };
  expect(buildxArguments(base, places)).toEqual([
    ...shared,
    '--cache-from=type=registry,ref=r/base:cpu',
    '--cache-to=type=inline',
    output.replace('level=3', 'level=9'),
    '--tag=r/runtime:cpu-123',
    '--metadata-file=/t/metadata.json',
    '/t/main',
  ]);
});

it('writes files instead of pushing when a folder is to receive them', () => {
  expect(buildxArguments(call, { ...places, product: '/t/out' }).slice(-2)).toEqual([
    '--output=type=local,dest=/t/out',
    '/t/main',
  ]);
});

it('puts what is loaded into the engine under its names, and pushes nothing', () => {
  const dev = { ...call, push: null, load: ['r/dev:dev', 'r/dev:dev-cpu'] };
  expect(buildxArguments(dev, places).slice(shared.length)).toEqual([
    '--output=type=docker,oci-mediatypes=true,compression=zstd,compression-level=3',
    '--tag=r/dev:dev',
    '--tag=r/dev:dev-cpu',
    '--metadata-file=/t/metadata.json',
    '/t/main',
  ]);
});
