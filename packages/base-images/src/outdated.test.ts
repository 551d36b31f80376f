import type { Architecture } from '@slipway/contract';
import type { AdvisoryRecord, IndexedRelease } from '@slipway/effects';
import { describe, expect, it, test } from 'vitest';
import { advisoriesFor } from './outdated-advisories.ts';
import { describeFinding, findOutdated, type OutdatedFacts } from './outdated-plan.ts';

const architecture = (name: string, more: Partial<Architecture> = {}): Architecture =>
  ({
    name,
    file: `architectures/${name}/architecture.toml`,
    computeCapabilities: ['8.0', '8.6'],
    cuda: '12.6',
    python: '3.12',
    deprecated: null,
    torch: { version: '2.7.1', channel: 'stable', wheels: [] },
    flashAttention: { version: '2.7.4.post1', from: 'build' },
    ...more,
  }) as Architecture;
const torch = (version: string, more: Partial<IndexedRelease> = {}): IndexedRelease => ({
  version,
  yanked: false,
  files: [`torch-${version}-cp312-cp312-manylinux_2_28_x86_64.whl`],
  ...more,
});
const release = (version: string): IndexedRelease => ({ version, yanked: false, files: [] });

const current: OutdatedFacts = {
  architectures: [
    architecture('ampere', {
      cuda: '13.0',
      torch: { version: '2.10.0', channel: 'stable', wheels: [] },
    }),
  ],
  locked: {},
  releases: { torch: [torch('2.10.0'), torch('2.9.1')], 'flash-attn': [release('2.7.4.post1')] },
  os: { name: 'ubuntu:24.04', locked: 'sha256:a', current: 'sha256:a', why: null },
  advisories: {},
  advisorySource: 'https://index.example/simple/',
};
const lines = (facts: Partial<OutdatedFacts>) => findOutdated({ ...current, ...facts }).map(describeFinding);

it('says nothing of what is new', () => {
  expect(findOutdated(current)).toEqual([]);
});

test('a newer torch is the newest that runs on the GPUs, with its CUDA, and once for all whom it concerns', () => {
  const told = lines({
    architectures: [architecture('ampere'), architecture('ada', { computeCapabilities: ['8.9'] })],
    releases: {
      torch: [
        torch('2.7.1'),
        torch('2.10.0'),
        torch('2.15.0'),
        torch('3.0.0rc1'),
        torch('4.0', { yanked: true }),
        torch('5.0', { files: ['torch-5.0-cp312-none-macosx_11_0_arm64.whl'] }),
      ],
      'flash-attn': [],
    },
  });
  expect(told[0]).toBe(
    'ampere, ada: torch 2.7.1; 2.15.0 is out -> set version = "2.10.0" in [torch] and cuda = "12.8" in architectures/<name>/architecture.toml, then npx nx run base-<name>:lock; of 2.15.0 Slipway has no facts yet: packages/contract/src/facts/torch.ts',
  );
});

test('a newer torch without code for the GPUs is not recommended', () => {
  const volta = architecture('volta', { computeCapabilities: ['6.0'] });
  expect(
    lines({ architectures: [volta], releases: { torch: [torch('2.10.0')], 'flash-attn': [] } })[0],
  ).toContain('none that Slipway knows runs on 6.0 from the package index: stay');
});

test('a newer CUDA is one that a torch of the same or a later version is built with', () => {
  expect(lines({ architectures: [architecture('ampere', { flashAttention: null })] }).at(-1)).toBe(
    'ampere: CUDA 12.6; 13.0 is out, and torch 2.10.0 has code for its GPUs with it (driver 580.65.06 or newer) -> set cuda = "13.0" in architectures/ampere/architecture.toml, with that torch, whose wheels have to be named in [torch] wheels',
  );
});

test('a newer flash-attention is a final one of the same major', () => {
  const releases = { torch: [], 'flash-attn': ['2.7.4.post1', '2.8.3', '2.9.0b1', '3.0.0'].map(release) };
  const [first] = findOutdated({ ...current, releases });
  expect(first).toMatchObject({ kind: 'flash-attention', what: 'flash-attention 2.7.4.post1; 2.8.3 is out' });
});

test('an OS image whose tag moved, a deprecated architecture, a vulnerable package', () => {
  const told = lines({
    architectures: [
      architecture('cpu', {
        torch: null,
        cuda: null,
        flashAttention: null,
        deprecated: 'nobody trains here',
      }),
    ],
    os: { name: 'ubuntu:24.04', locked: 'sha256:aaaa', current: 'sha256:bbbb', why: null },
    locked: { cpu: [{ name: 'pillow', version: '10.0.0' }] },
    advisories: {
      'pillow 10.0.0': [{ id: 'PYSEC-1', fixedIn: ['10.2.0', '9.9'], summary: 'reads too far' }],
    },
  });
  expect(told).toEqual([
    'cpu: deprecated: nobody trains here -> move its runs to another architecture, then delete the folder',
    'cpu: pillow 10.0.0 has PYSEC-1 (reads too far) -> take 10.2.0 or later: npx nx run base-images:lock --upgrade, or ask for "pillow>=10.2.0" in pyproject.toml',
    'ubuntu:24.04 is sha256:bbbb now, sha256:aaaa is locked -> npx nx run base-images:lock --upgrade, then build the bases',
  ]);
});

it('says plainly what it could not find out', () => {
  const told = lines({
    architectures: [architecture('ampere')],
    releases: { torch: 'https://index.example/simple/torch/ cannot be read (HTTP 403)', 'flash-attn': [] },
    os: { name: 'ubuntu:24.04', locked: null, current: null, why: 'it is not locked' },
    locked: {
      ampere: [
        { name: 'numpy', version: '2.0' },
        { name: 'torch', version: '2.7.1' },
      ],
    },
    advisories: { 'torch 2.7.1': [] },
  });
  expect(told.slice(-3)).toEqual([
    'whether there is a newer torch: https://index.example/simple/torch/ cannot be read (HTTP 403) -> look at the package index by hand',
    'whether ubuntu:24.04 is new: it is not locked -> call it where its registry can be asked',
    'whether 1 of 2 packages have known vulnerabilities: https://index.example/simple/ tells nothing about them (numpy 2.0) -> name a folder with OSV records, such as a clone of https://github.com/pypa/advisory-database: --advisories=FOLDER',
  ]);
});

describe('an advisory concerns', () => {
  const record = (
    ranges: AdvisoryRecord['affected'][number]['ranges'],
    versions: string[] = [],
  ): AdvisoryRecord[] => [{ id: 'X', summary: '', affected: [{ name: 'pillow', versions, ranges }] }];
  const range = [[{ introduced: '0' }, { fixed: '9.0' }, { introduced: '10.0' }, { fixed: '10.2' }]];
  test.each([
    ['8.9', range, true],
    ['9.0', range, false],
    ['10.0', range, true],
    ['10.1.9', range, true],
    ['10.2', range, false],
    ['10.0rc1', range, false],
    ['3.0', [[{ introduced: '1.0' }, { last_affected: '3.0' }]], true],
    ['3.0.1', [[{ introduced: '1.0' }, { last_affected: '3.0' }]], false],
  ])('%s by ranges %j: %s', (version, ranges, is) => {
    expect(advisoriesFor(record(ranges as never), 'pillow', version).length > 0).toBe(is);
  });
  it('a version that is listed, however it is spelled, and no other package', () => {
    expect(advisoriesFor(record([], ['10.0']), 'pillow', '10.0.0')).toEqual([
      { id: 'X', summary: '', fixedIn: [] },
    ]);
    expect(advisoriesFor(record([], ['10.0']), 'numpy', '10.0')).toEqual([]);
  });
  it('and names the versions above that mend it', () => {
    expect(advisoriesFor(record(range), 'pillow', '10.1')[0]?.fixedIn).toEqual(['10.2']);
  });
});
