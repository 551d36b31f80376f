import { readFileSync } from 'node:fs';
import { parseMachineSettings } from '@slipway/contract';
import { readDefinition } from '@slipway/effects';
import { describe, expect, it } from 'vitest';
import { describeSources, diffComponents, onlyVersion } from './explain.ts';
import {
  type ContextFile,
  imageCall,
  type PlanInputs,
  type RegistryAnswers,
  type SourceTree,
} from './plan.ts';
import { planBase } from './plan-base.ts';
import { planRuntime } from './plan-runtime.ts';
import { settle } from './settle.ts';

const root = new URL('../../../', import.meta.url).pathname;
const definition = readDefinition(root);
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const files: ContextFile[] = [
  { path: 'a.py', executable: false, sha256: 'a' },
  { path: 'b.sh', executable: true, sha256: 'b' },
];
const tree = (listed: ContextFile[]): SourceTree[] => [
  {
    folder: 'examples/digits',
    path: '/app/digits',
    git: null,
    files: listed,
    neutral: {},
    neutralTree: null,
  },
];
const inputs = (change: Partial<PlanInputs> = {}): PlanInputs => ({
  definition,
  machine: parseMachineSettings('{"repositories":{"*":"localhost:5000"}}', 'machine.json'),
  dockerfiles: {
    base: { path: 'base.Dockerfile', text: readFileSync(`${root}dockerfiles/base.Dockerfile`, 'utf8') },
    runtime: {
      path: 'runtime.Dockerfile',
      text: readFileSync(`${root}dockerfiles/runtime.Dockerfile`, 'utf8'),
    },
    dev: { path: 'dev.Dockerfile', text: readFileSync(`${root}dockerfiles/dev.Dockerfile`, 'utf8') },
  },
  locks: { cpu: { requirements: 'numpy==2.3.0 \\\n    --hash=sha256:aa\n', native: '' } },
  verification: {},
  maxJobs: 1,
  pyproject: { file: 'pyproject.toml', text: '[project]\nname = "digits"\nversion = "0.1.0"\n' },
  sources: tree(files),
  foreign: {
    'ubuntu:24.04': {
      reference: `ubuntu@${digest('1')}`,
      digest: digest('1'),
      substitute: false,
      python: '3.12',
    },
  },
  platform: 'linux/amd64',
  ...change,
});
const cpu = definition.architectures.find(({ name }) => name === 'cpu') ?? definition.architectures[0];
if (cpu === undefined) throw new Error('no architecture');
const base = (change?: Partial<PlanInputs>) => planBase(inputs(change), cpu);
const tools = base().builds[0]?.push ?? '';
const there: RegistryAnswers = {
  [`${base().repository}:${base().keyTag}`]: digest('2'),
  [tools]: digest('3'),
};
const runtime = (change?: Partial<PlanInputs>, answers = there) =>
  settle(planRuntime(inputs(change), cpu, undefined), answers);
const replaced = (name: 'base' | 'runtime', from: string, to: string): Partial<PlanInputs> => {
  const { dockerfiles } = inputs();
  const text = dockerfiles[name].text.replace(from, to);
  expect(text).not.toBe(dockerfiles[name].text);
  return { dockerfiles: { ...dockerfiles, [name]: { ...dockerfiles[name], text } } };
};

describe('state', () => {
  const reference = (tag: string | null | undefined) => `${base().repository}:${tag}`;
  const all = { ...there, [reference('cpu')]: digest('2') };
  it.each([
    ['build', {}, 'is not in the registry'],
    ['tag', { ...there }, 'built already; cpu does not point at it'],
    ['tag', { ...all, [reference('cpu')]: digest('9') }, 'built already; cpu does not point at it'],
    ['current', all, `built already: ${base().keyTag}`],
    // The image that runtime images are laid out with belongs to it.
    ['build', { ...all, [tools]: null }, `${tools} is not in the registry`],
  ])('%s', (state, answers: RegistryAnswers, reason) => {
    const plan = settle(base(), answers);
    expect(plan.state).toBe(state);
    expect(plan.reason).toContain(reason);
  });

  it('waits for the base, and is settled by its digest', () => {
    expect(runtime({}, {})).toMatchObject({ state: 'waits', key: null, keyTag: null });
    const plan = runtime();
    expect(plan.state).toBe('build');
    expect(plan.builds[0]?.images).toEqual({ 'slipway/tools': `${tools}@${digest('3')}` });
    expect(imageCall(plan)?.images).toEqual({
      'application-image': plan.builds[0]?.push,
      'slipway/base': `${base().repository}:${base().keyTag}@${digest('2')}`,
      'slipway/tools': `${tools}@${digest('3')}`,
    });
    expect(imageCall(plan)?.annotations['org.opencontainers.image.base.digest']).toBe(digest('2'));
    // Settling again, as a saved plan is, changes nothing.
    expect(settle(plan, there)).toEqual(plan);
  });
});

describe('build key of a base', () => {
  it('is the same for the same inputs, wherever they are sent and found', () => {
    const elsewhere = parseMachineSettings('{"repositories":{"*":"127.0.0.1:5000"}}', 'machine.json');
    const mirrored = {
      'ubuntu:24.04': {
        reference: `mirror/ubuntu@${digest('1')}`,
        digest: digest('1'),
        substitute: false,
        python: '3.12',
      },
    };
    expect(base({ machine: elsewhere, foreign: mirrored }).key).toBe(base().key);
    expect(base({ sources: [] }).key).toBe(base().key);
    expect(base(replaced('runtime', 'AS application', 'AS application # renamed')).key).toBe(base().key);
  });

  it('is that of an architecture that nobody should start with any more, as are those of its images', () => {
    const old = { ...cpu, deprecated: 'take ampere' };
    expect(planBase(inputs(), old)).toEqual(base());
    expect(settle(planRuntime(inputs(), old, undefined), there)).toEqual(runtime());
  });

  it.each([
    ['the lock', { locks: { cpu: { requirements: 'numpy==2.3.1 \\\n    --hash=sha256:ab\n', native: '' } } }],
    [
      'a foreign image',
      {
        foreign: {
          'ubuntu:24.04': { reference: 'x', digest: digest('4'), substitute: false, python: '3.12' },
        },
      },
    ],
    [
      'being a substitute',
      {
        foreign: {
          'ubuntu:24.04': { reference: 'x', digest: digest('1'), substitute: true, python: '3.12' },
        },
      },
    ],
    ['a RUN of an earlier stage', replaced('base', 'mkdir -p /app', 'mkdir -p /app /x')],
    [
      'a build argument that a stage uses',
      replaced('base', 'ARG UV_VERSION=0.13.9', 'ARG UV_VERSION=0.13.8'),
    ],
    ['a file that is copied', replaced('base', 'exec tini -g', 'exec tini -v -g')],
    ['the platform', { platform: 'linux/arm64' }],
  ])('changes with %s', (_what, change: Partial<PlanInputs>) => {
    expect(base(change).key).not.toBe(base().key);
  });
});

describe('flash-attention', () => {
  const named = (name: string) => definition.architectures.find((each) => each.name === name) ?? cpu;
  const devel = 'nvidia/cuda:12.6.3-devel-ubuntu24.04';
  const found = (letter: string, python: string | null = '3.12') => ({
    reference: `x@${digest(letter)}`,
    digest: digest(letter),
    substitute: false,
    python,
  });
  const foreign = { 'ubuntu:24.04': found('1'), [devel]: found('5') };
  const lock = (torch = '2.7.1', filelock = '3.19.1', native = 'aa') => ({
    ampere: {
      requirements: `filelock==${filelock} \\\n    --hash=sha256:aa\n    # via torch\ntorch==${torch} \\\n    --hash=sha256:ab\n`,
      native: `flash-attn==2.7.4.post1 \\\n    --hash=sha256:${native}\n`,
    },
  });
  const wheelOf = (change: Partial<PlanInputs> = {}, architecture = named('ampere')) =>
    planBase(inputs({ foreign, locks: lock(), ...change }), architecture).builds.find(
      ({ target }) => target === 'flash-attention-wheel',
    );
  const wheel = wheelOf();

  it('is compiled for what the contract says, by as many jobs as the plan shows', () => {
    expect(wheel?.arguments).toMatchObject({
      FLASH_ATTN_CUDA_ARCHS: '80',
      CUDA_ARCH_LIST: '8.0;8.6',
      MAX_JOBS: '1',
    });
    // A builder elsewhere is not known yet: the stage finds out by itself.
    expect(wheelOf({ maxJobs: null })?.arguments.MAX_JOBS).toBe('');
    expect(wheelOf({ maxJobs: 12 })?.push).toBe(wheel?.push);
  });

  it.each([
    ['a package that torch only uses', { locks: lock('2.7.1', '3.20.0') }],
    ['another build of the operating system', { foreign: { ...foreign, 'ubuntu:24.04': found('6') } }],
  ])('is not compiled again for %s', (_what, change: Partial<PlanInputs>) => {
    expect(wheelOf(change)?.push).toBe(wheel?.push);
  });

  it.each([
    ['torch', { locks: lock('2.7.0') }],
    ['its source', { locks: lock('2.7.1', '3.19.1', 'bb') }],
    ['the compiler', { foreign: { ...foreign, [devel]: found('7') } }],
    ['Python', { foreign: { ...foreign, 'ubuntu:24.04': found('1', '3.13') } }],
    ['the platform', { platform: 'linux/arm64' }],
  ])('is compiled again for another %s', (_what, change: Partial<PlanInputs>) => {
    expect(wheelOf(change)?.push).not.toBe(wheel?.push);
  });

  it('is compiled again for other GPUs', () => {
    const hopper = { ...named('ampere'), computeCapabilities: ['8.0', '9.0'] };
    expect(wheelOf({}, hopper)?.push).not.toBe(wheel?.push);
  });

  it('as a prebuilt wheel for another Python is refused before anything is built', () => {
    const url = 'https://example.org/flash_attn-2.7.4.post1-cp312-cp312-linux_x86_64.whl';
    const from = { url, sha256: 'a'.repeat(64) };
    const prebuilt = {
      ...named('ampere'),
      flashAttention: { version: '2.7.4.post1', from },
    };
    const on = (python: string | null) => () =>
      planBase(inputs({ locks: lock(), foreign: { 'ubuntu:24.04': found('1', python) } }), prebuilt);
    expect(on('3.13')).toThrow(
      'error[wheel-unfit] architectures/ampere/architecture.toml: flash_attn-2.7.4.post1-cp312-cp312-linux_x86_64.whl cannot be installed on ubuntu:24.04: it is for Python 3.12, not 3.13',
    );
    expect(on('3.12')).not.toThrow();
    // What nobody knows is found out by the installer.
    expect(on(null)).not.toThrow();
  });

  it('comes from published bases with the same torch and CUDA too, as their other layers do', () => {
    const plan = planBase(inputs({ foreign, locks: lock() }), named('ampere'));
    expect(imageCall(plan)?.cacheFrom.map((each) => each.split(':').at(-1))).toEqual([
      'ampere-cu126',
      'ada-cu126',
      'turing-cu126',
    ]);
    expect(plan.siblings).toEqual(['ada-cu126', 'blackwell-cu128', 'cpu', 'hopper-cu128', 'turing-cu126']);
  });
});

it('refuses to send to a public repository what stands on a substitute', () => {
  const foreign = {
    'ubuntu:24.04': { reference: 'x', digest: digest('1'), substitute: true, python: '3.12' },
  };
  const machine = parseMachineSettings('{}', 'machine.json');
  expect(() => base({ foreign, machine })).toThrow('error[substitute-public]');
});

describe('what an image says of itself', () => {
  const pyproject = (description: string) => ({
    file: 'pyproject.toml',
    text: `[project]\nname = "digits"\nversion = "0.1.0"\ndescription = "${description}"\n`,
  });

  it('is its own in a runtime image, in labels and annotations, and no matter of its base', () => {
    const call = imageCall(runtime({ pyproject: pyproject('One.') }));
    const texts = {
      'org.opencontainers.image.title': 'digits for cpu',
      'org.opencontainers.image.description': 'One.',
      'org.opencontainers.image.version': '0.1.0',
    };
    expect(call?.labels).toMatchObject(texts);
    expect(call?.annotations).toMatchObject({
      ...texts,
      'org.opencontainers.image.base.digest': digest('2'),
    });
    expect(base({ pyproject: pyproject('Two.') }).key).toBe(base({ pyproject: pyproject('One.') }).key);
    expect(runtime({ pyproject: pyproject('Two.') }).key).not.toBe(
      runtime({ pyproject: pyproject('One.') }).key,
    );
  });

  it('has the key tag of a base for its version', () => {
    const { keyTag } = base();
    const version = { 'org.opencontainers.image.version': keyTag };
    expect(imageCall(base())).toMatchObject({ labels: version, annotations: version });
  });
});

it.each(['base', 'runtime'] as const)('refuses a secret in the Dockerfile of a %s image', (name) => {
  const change = replaced(name, 'FROM scratch', 'ARG MY_TOKEN=hunter2\nFROM scratch');
  expect(() => runtime(change)).toThrow(`error[secret-in-dockerfile] ${name}.Dockerfile:`);
});

describe('build key of a runtime image', () => {
  it('does not depend on the order of files', () => {
    expect(runtime({ sources: tree(files.toReversed()) }).key).toBe(runtime().key);
  });

  it.each([
    ['content', { sources: tree([{ path: 'a.py', executable: false, sha256: 'c' }]) }],
    ['the executable bit', { sources: tree(files.map((file) => ({ ...file, executable: true }))) }],
    ['a file more', { sources: tree([...files, { path: 'c', executable: false, sha256: 'c' }]) }],
    ['its Dockerfile', replaced('runtime', 'os.makedirs("/metadata")', 'os.mkdir("/metadata")')],
  ])('changes with %s', (_what, change: Partial<PlanInputs>) => {
    expect(runtime(change).key).not.toBe(runtime().key);
  });

  describe('of source trees that are checkouts', () => {
    const git = {
      commit: 'c'.repeat(40),
      branch: 'main',
      origin: 'https://example.org/team/app.git',
      top: true,
      dirty: false,
      unpushed: false,
    };
    const checkout = (change: Partial<SourceTree>, facts: Partial<typeof git> = {}) => ({
      sources: tree(files).map((each) => ({
        ...each,
        git: { ...git, ...facts },
        neutralTree: 'e'.repeat(40),
        ...change,
      })),
    });
    const first = runtime(checkout({}));

    it.each([
      ['the commit', { commit: 'd'.repeat(40) }],
      ['the branch', { branch: 'topic' }],
      ['the remote', { origin: 'git@example.org:team/app.git' }],
    ])('changes with %s', (_what, facts) => {
      expect(runtime(checkout({}, facts)).key).not.toBe(first.key);
    });

    it('changes with becoming one, and not with where it lies or with what only a person wants to know', () => {
      expect(first.key).not.toBe(runtime().key);
      expect(runtime(checkout({ folder: '.slipway/sources/digits' })).key).toBe(first.key);
      // Changed files are there as files.
      expect(runtime(checkout({}, { dirty: true, unpushed: true })).key).toBe(first.key);
    });

    it('says in the plan what they are', () => {
      expect(first.sources).toEqual([{ folder: 'examples/digits', path: '/app/digits', git }]);
      expect(runtime().sources).toEqual([{ folder: 'examples/digits', path: '/app/digits', git: null }]);
      const { commit, branch, origin } = git;
      const rest = { commit, branch, origin, neutral: {}, neutralTree: 'e'.repeat(40) };
      const part = (name: string) => [{ path: 'app/digits', from: 'examples/digits', part: name, ...rest }];
      expect(first.builds[0]?.contexts.sources?.checkouts).toEqual(part('tree'));
      expect(first.builds[1]?.contexts.release?.checkouts).toEqual(part('commit'));
      expect(describeSources(first)).toEqual([]);
      expect(describeSources(runtime())).toEqual([]);
      expect(describeSources(runtime(checkout({}, { dirty: true, unpushed: true })))).toEqual([
        'examples/digits goes in with changes that are not committed and a commit that is not pushed (main cccccccccccc)',
      ]);
    });
  });

  it('is made on one application image for all versions and commits of the same sources', () => {
    const release = (rc: number | null, commit: string, stated: string) => {
      const sources = tree([...files, { path: 'pyproject.toml', executable: false, sha256: stated }]).map(
        (each) => ({
          ...each,
          git: { commit, branch: 'main', origin: null, top: true, dirty: false, unpushed: false },
          neutral: { 'pyproject.toml': 'version = "0"' },
          neutralTree: 'e'.repeat(40),
        }),
      );
      const version = { major: 0, minor: 1, patch: 1, rc };
      return settle(planRuntime(inputs({ sources }), cpu, version), there);
    };
    const candidate = release(7, 'c'.repeat(40), 'one');
    const promoted = release(null, 'd'.repeat(40), 'two');
    const application = candidate.builds[0]?.push;
    expect(application).toMatch(/:application-[0-9a-f]{12}$/);
    expect(promoted.builds[0]?.push).toBe(application);
    expect(promoted.key).not.toBe(candidate.key);
    const differences = diffComponents(candidate.components, promoted.components, promoted);
    expect(onlyVersion(differences)).toBe(true);
    const kept = settle(promoted, { ...there, [application ?? '']: digest('4') });
    expect(kept.builds.map(({ target }) => target)).toEqual(['runtime']);
    const changed = runtime({ sources: tree(files.slice(1)) });
    expect(changed.builds[0]?.push).not.toBe(application);
    expect(onlyVersion(diffComponents(candidate.components, changed.components, changed))).toBe(false);
  });

  it("changes with its parent's digest and with the version", () => {
    const other = { ...there, [`${base().repository}:${base().keyTag}`]: digest('8') };
    expect(runtime({}, other).key).not.toBe(runtime().key);
    const versioned = settle(planRuntime(inputs(), cpu, { major: 0, minor: 1, patch: 1, rc: 7 }), there);
    expect(versioned.movingTags).toEqual(['cpu-v0.1.1-rc7']);
    expect(versioned.key).not.toBe(runtime().key);
    expect(imageCall(versioned)?.arguments).toMatchObject({
      VERSION: 'v0.1.1-rc7',
      PYTHON_VERSION: '0.1.1rc7',
    });
  });
});
