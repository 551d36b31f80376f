import { readFileSync } from 'node:fs';
import { parseMachineSettings } from '@slipway/contract';
import { readDefinition } from '@slipway/effects';
import { describe, expect, it } from 'vitest';
import type { ContextFile, PlanInputs, RegistryAnswers, SourceTree } from './plan.ts';
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
  { folder: 'examples/digits', path: '/app/digits', commit: null, files: listed },
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
  },
  locks: { cpu: { requirements: 'numpy==2.3.0 \\\n    --hash=sha256:aa\n', native: '' } },
  verification: {},
  maxJobs: 1,
  pyproject: { file: 'pyproject.toml', text: '' },
  sources: tree(files),
  foreign: { 'ubuntu:24.04': { reference: `ubuntu@${digest('1')}`, digest: digest('1'), substitute: false } },
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
    expect(plan.builds[0]?.images).toEqual({
      'slipway/base': `${base().repository}:${base().keyTag}@${digest('2')}`,
      'slipway/tools': `${tools}@${digest('3')}`,
    });
    expect(plan.builds[0]?.annotations['org.opencontainers.image.base.digest']).toBe(digest('2'));
    // Settling again, as a saved plan is, changes nothing.
    expect(settle(plan, there)).toEqual(plan);
  });
});

describe('build key of a base', () => {
  it('is the same for the same inputs, wherever they are sent and found', () => {
    const elsewhere = parseMachineSettings('{"repositories":{"*":"127.0.0.1:5000"}}', 'machine.json');
    const mirrored = {
      'ubuntu:24.04': { reference: `mirror/ubuntu@${digest('1')}`, digest: digest('1'), substitute: false },
    };
    expect(base({ machine: elsewhere, foreign: mirrored }).key).toBe(base().key);
    expect(base({ sources: [] }).key).toBe(base().key);
    expect(base(replaced('runtime', 'AS application', 'AS application # renamed')).key).toBe(base().key);
  });

  it.each([
    ['the lock', { locks: { cpu: { requirements: 'numpy==2.3.1 \\\n    --hash=sha256:ab\n', native: '' } } }],
    [
      'a foreign image',
      { foreign: { 'ubuntu:24.04': { reference: 'x', digest: digest('4'), substitute: false } } },
    ],
    [
      'being a substitute',
      { foreign: { 'ubuntu:24.04': { reference: 'x', digest: digest('1'), substitute: true } } },
    ],
    ['a RUN of an earlier stage', replaced('base', 'rm -rf /var/lib/apt', 'rm -f /x; rm -rf /var/lib/apt')],
    ['the platform', { platform: 'linux/arm64' }],
  ])('changes with %s', (_what, change: Partial<PlanInputs>) => {
    expect(base(change).key).not.toBe(base().key);
  });
});

it('refuses to send to a public repository what stands on a substitute', () => {
  const foreign = { 'ubuntu:24.04': { reference: 'x', digest: digest('1'), substitute: true } };
  const machine = parseMachineSettings('{}', 'machine.json');
  expect(() => base({ foreign, machine })).toThrow('error[substitute-public]');
});

describe('build key of a runtime image', () => {
  it('does not depend on the order of files', () => {
    expect(runtime({ sources: tree(files.toReversed()) }).key).toBe(runtime().key);
  });

  it.each([
    ['content', { sources: tree([{ path: 'a.py', executable: false, sha256: 'c' }]) }],
    ['the executable bit', { sources: tree(files.map((file) => ({ ...file, executable: true }))) }],
    ['a file more', { sources: tree([...files, { path: 'c', executable: false, sha256: 'c' }]) }],
    ['its Dockerfile', replaced('runtime', 'mkdir -p /metadata', 'mkdir /metadata')],
  ])('changes with %s', (_what, change: Partial<PlanInputs>) => {
    expect(runtime(change).key).not.toBe(runtime().key);
  });

  it("changes with its parent's digest and with the version", () => {
    const other = { ...there, [`${base().repository}:${base().keyTag}`]: digest('8') };
    expect(runtime({}, other).key).not.toBe(runtime().key);
    const release = { version: { major: 0, minor: 1, patch: 1, rc: 7 }, movingTags: ['cpu-v0.1.1-rc7'] };
    const versioned = settle(planRuntime(inputs(), cpu, release), there);
    expect(versioned.key).not.toBe(runtime().key);
    expect(versioned.builds[0]?.arguments).toMatchObject({
      VERSION: 'v0.1.1-rc7',
      PYTHON_VERSION: '0.1.1rc7',
    });
  });
});
