import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Architecture, parseDefinition } from '@slipway/contract';
import { type AdvisoryRecord, type IndexedRelease, readDefinition } from '@slipway/effects';
import { describe, expect, it, test } from 'vitest';
import { checkSystem, lookUp } from './outdated.ts';
import { advisoriesFor } from './outdated-advisories.ts';
import { describeFinding, findOutdated, type OutdatedFacts } from './outdated-plan.ts';

const root = join(import.meta.dirname, '../../..');
const architecture = (name: string, more: Partial<Architecture> = {}): Architecture =>
  ({
    name,
    file: `architectures/${name}/architecture.toml`,
    tag: `${name}-cu126`,
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
  locked: { ampere: [], ada: [], cpu: [], volta: [] },
  releases: { torch: [torch('2.10.0'), torch('2.9.1')], 'flash-attn': [release('2.7.4.post1')] },
  os: { name: 'ubuntu:24.04', locked: 'sha256:a', current: 'sha256:a', why: null },
  system: {},
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
    'ampere, ada: torch 2.7.1; 2.15.0 is out -> set cuda = "12.8", tag = "<name>-cu128" and version = "2.10.0" in [torch], in architectures/<name>/architecture.toml, then npx nx run base-<name>:lock; of 2.15.0 Slipway has no facts yet: packages/contract/src/facts/torch.ts',
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
    'ampere: CUDA 12.6; 13.0 is out, and torch 2.10.0 has code for its GPUs with it (driver 580.65.06 or newer) -> set cuda = "13.0", tag = "ampere-cu130" and version = "2.10.0" and the wheels of that build as wheels in [torch], in architectures/ampere/architecture.toml, then npx nx run base-ampere:lock',
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
    os: {
      name: 'ubuntu:24.04',
      locked: null,
      current: null,
      why: { what: 'which one is used is not locked', remedy: 'npx nx run base-images:lock' },
    },
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
    'whether there is a newer ubuntu:24.04: which one is used is not locked -> npx nx run base-images:lock',
    'whether 1 of 2 packages have known vulnerabilities: https://index.example/simple/ tells nothing about them (numpy 2.0) -> name a folder with OSV records, such as a clone of https://github.com/pypa/advisory-database: --advisories=FOLDER',
  ]);
});

it('says which architectures have no lock, of which nothing else is known', () => {
  const told = lines({ locked: {}, architectures: [architecture('ada'), architecture('ampere')] });
  expect(told.filter((line) => line.includes('lock:') || line.includes('no lock'))).toEqual([
    'ada, ampere: it has no lock: which packages it would hold, and whether they have known vulnerabilities, is not known -> npx nx run base-<name>:lock',
  ]);
});

it('does not ask after torch and flash-attention where no architecture has them', () => {
  const cpu = architecture('cpu', { torch: null, cuda: null, flashAttention: null });
  const silent = { torch: 'it cannot be read', 'flash-attn': 'it cannot be read' };
  expect(lines({ architectures: [cpu], releases: silent })).toEqual([]);
  expect(
    lines({ architectures: [architecture('ampere', { flashAttention: null })], releases: silent }),
  ).toContain('whether there is a newer torch: it cannot be read -> look at the package index by hand');
});

it.each(readdirSync(join(root, 'architectures')))('what it says of %s can be done as it stands', (name) => {
  const here = readDefinition(root);
  const facts = {
    ...current,
    architectures: here.architectures.filter((each) => each.name === name),
    releases: { torch: ['2.8.0', '2.9.1', '2.10.0'].map((version) => torch(version)), 'flash-attn': [] },
  };
  const told = findOutdated(facts).filter(
    ({ kind, remedy }) => kind === 'torch' && !remedy.startsWith('none'),
  );
  if (name !== 'cpu') expect(told.length).toBeGreaterThan(0);
  for (const { remedy } of told) {
    const { file } = facts.architectures[0] ?? { file: '' };
    const paths = ['slipway.toml', ...here.architectures.map((each) => each.file)];
    const texts = Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
    const set = (field: string, text: string) => {
      const value = new RegExp(`\\b${field} = "([^"]+)"`).exec(remedy)?.[1];
      return value === undefined
        ? text
        : text.replace(new RegExp(`^${field} = .*$`, 'm'), `${field} = "${value}"`);
    };
    // The first version of the file is torch's.
    texts[file] = ['tag', 'cuda', 'version'].reduce((text, field) => set(field, text), texts[file] ?? '');
    expect(() => parseDefinition(texts), remedy).not.toThrow();
  }
});

describe('the packages of a distribution', () => {
  const record = (id: string, ecosystem: string, fixed?: string): AdvisoryRecord => ({
    id,
    summary: '',
    affected: [
      {
        ecosystem,
        name: 'glibc',
        versions: [],
        ranges: [[{ introduced: '0' }, ...(fixed ? [{ fixed }] : [])]],
      },
    ],
  });
  const libc = {
    name: 'libc6',
    version: '2.41-12',
    architecture: 'amd64',
    source: 'glibc',
    source_version: '2.41-12',
  };
  const system = (packages: object[]) => ({ system: { id: 'debian', version: '13', packages } }) as never;
  const records = [
    record('DEBIAN-1', 'Debian:13', '2.41-12+deb13u1'),
    record('DEBIAN-2', 'Debian:13', '2.41-9'),
    record('DEBIAN-3', 'Debian:12', '3'),
    record('DEBIAN-4', 'Debian:13'),
  ];
  it('are looked up by their source package, each once, in their own release', () => {
    const found = checkSystem('cpu', system([libc, { ...libc, name: 'libc-bin' }]), records);
    expect(found).toEqual([
      {
        name: 'glibc',
        version: '2.41-12',
        advisories: [
          { id: 'DEBIAN-1', summary: '', fixedIn: ['2.41-12+deb13u1'] },
          { id: 'DEBIAN-4', summary: '', fixedIn: [] },
        ],
      },
    ]);
    expect(lines({ system: { ampere: found } })).toEqual([
      "ampere: the system's glibc 2.41-12 has DEBIAN-1, DEBIAN-4 -> 1 of 2 are mended in its distribution: take a newer OS image, npx nx run base-images:lock --upgrade, then build the bases",
    ]);
  });
  it.each([
    [undefined, records, 'its base is not in the registry', 'npx nx run base-cpu:build-image'],
    [{}, records, 'what its verification found is not kept', 'npx nx run base-cpu:verify'],
    [system([libc]), [record('X', 'Ubuntu:24.04')], 'none about Debian:13', '--advisories=FOLDER'],
    [system([{ ...libc, source: undefined }]), records, 'were not kept', 'npx nx run base-cpu:verify'],
  ])('are not silently passed over: %#', (facts, given, what, remedy) => {
    const found = checkSystem('cpu', facts as never, given);
    expect(found).toMatchObject({
      what: expect.stringContaining(what),
      remedy: expect.stringContaining(remedy),
    });
    const [line] = lines({ system: { ampere: found } });
    expect(line).toContain(
      'ampere: whether the packages of its operating system have known vulnerabilities: ',
    );
    expect(line).toContain(what);
  });
  it('of Ubuntu count for its long-term releases too, and not what only subscribers get', () => {
    const ubuntu = { system: { id: 'ubuntu', version: '24.04', packages: [libc] } } as never;
    const given = [record('U1', 'Ubuntu:24.04:LTS', '3'), record('U2', 'Ubuntu:Pro:24.04:LTS', '3')];
    expect(checkSystem('cpu', ubuntu, given)).toMatchObject([{ advisories: [{ id: 'U1' }] }]);
  });
});

it('calls no Python package clean by records that are about none', () => {
  const record = (ecosystem: string, name: string): AdvisoryRecord => ({
    ...{ id: 'X', summary: '' },
    affected: [{ ecosystem, name, versions: ['1.0'], ranges: [] }],
  });
  const used = [
    { name: 'numpy', version: '2.0' },
    { name: 'pillow', version: '1.0' },
  ];
  expect(lookUp([record('Debian:13', 'pillow')], used)).toEqual({
    'numpy 2.0': undefined,
    'pillow 1.0': undefined,
  });
  expect(lookUp([record('Debian:13', 'numpy'), record('PyPI', 'pillow')], used)).toMatchObject({
    'numpy 2.0': [],
    'pillow 1.0': [{ id: 'X' }],
  });
});

describe('an advisory concerns', () => {
  const record = (
    ranges: AdvisoryRecord['affected'][number]['ranges'],
    versions: string[] = [],
  ): AdvisoryRecord[] => [
    { id: 'X', summary: '', affected: [{ ecosystem: 'PyPI', name: 'pillow', versions, ranges }] },
  ];
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
