import { expect, test } from 'vitest';
import { checkHost, flashAttentionJobs, type HostFacts } from './check-host.ts';
import { ampereFile, definition } from './testing/samples.ts';

const large: HostFacts = {
  cpus: 64,
  memoryBytes: 256e9,
  diskFreeBytes: 500e9,
  platform: 'linux/amd64',
  engine: { name: 'docker', version: '28.5.1', buildx: '0.29.1' },
};

test('a large host can do it', () => {
  expect(checkHost(definition(), large)).toEqual([]);
});

test('what was not measured is not complained about', () => {
  const { diskFreeBytes, engine, ...rest } = large;
  expect([diskFreeBytes, engine]).not.toContain(undefined);
  expect(checkHost(definition(), rest)).toEqual([]);
});

test('an engine that is too old, and one without buildx', () => {
  const engine = { name: 'docker', version: '20.10.24+dfsg1', buildx: null } as const;
  expect(checkHost(definition(), { ...large, engine })).toEqual([
    {
      code: 'engine-too-old',
      message: 'docker 20.10.24+dfsg1 is older than 24.0',
      remedy: 'Update Docker Engine: https://docs.docker.com/engine/install/.',
    },
    {
      code: 'engine-too-old',
      message: 'docker 20.10.24+dfsg1 has no buildx plugin',
      remedy: 'Install it: https://docs.docker.com/build/install-buildx/.',
    },
  ]);
});

test('another platform is built by a host or a builder of it only', () => {
  const arm: HostFacts = { ...large, platform: 'linux/arm64' };
  expect(checkHost(definition(), arm)).toEqual([
    {
      code: 'host-unfit',
      message: 'ampere is for linux/amd64, and this host builds linux/arm64 only',
      remedy:
        'Build it on a linux/amd64 machine (docker buildx create with one, then --builder), or remove "linux/amd64".',
      where: { file: ampereFile, line: 2 },
    },
  ]);
  const engine = { name: 'docker', version: '28', buildx: '0.29', platforms: ['linux/amd64'] } as const;
  expect(checkHost(definition(), { ...arm, engine })).toEqual([]);
});

test('compiling flash-attention takes memory and disk, and there is a reserve to keep', () => {
  const small: HostFacts = { ...large, memoryBytes: 8e9, diskFreeBytes: 2e9 };
  const sample = definition();
  const reserve = {
    code: 'host-unfit',
    message: '2GB of disk are free, less than the 3GB of buildkit_reserve',
    remedy: 'Free some, for example with docker builder prune, or lower buildkit_reserve.',
    where: { file: 'slipway.toml', line: 1 },
  };
  expect(checkHost(sample, small)).toEqual([
    reserve,
    {
      code: 'host-unfit',
      message:
        'compiling flash-attention 2.7.4.post1 for ampere needs 9.7GB of memory for one job (here: 8GB) and 40GB of free disk (here: 2GB)',
      remedy:
        'Build on a larger machine (--builder), or name an exact wheel: from = { url = "...", sha256 = "..." }.',
      where: { file: ampereFile, line: 12 },
    },
  ]);
  expect(checkHost(sample, small, [])).toEqual([reserve]);
});

test.each([
  [2, 64e9, 1],
  [64, 128 * 2 ** 30, 14],
  [8, 128 * 2 ** 30, 4],
  [1, 1e9, 1],
])('%i cores and %i bytes give %i jobs', (cpus, memoryBytes, jobs) => {
  expect(flashAttentionJobs({ cpus, memoryBytes })).toBe(jobs);
});
