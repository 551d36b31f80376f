import { readFileSync } from 'node:fs';
import { type Architecture, Failure, parseMachineSettings } from '@slipway/contract';
import { type Registry, readDefinition } from '@slipway/effects';
import { describe, expect, it } from 'vitest';
import { joinDockerfiles, stageClosure } from './dockerfile.ts';
import { imageCall, imageKinds, type PlanInputs } from './plan.ts';
import { planBase } from './plan-base.ts';
import { compilesWheel, planDev } from './plan-dev.ts';
import { settle } from './settle.ts';
import { settlePlans } from './states.ts';

const root = new URL('../../../', import.meta.url).pathname;
const definition = readDefinition(root);
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const devel = 'nvidia/cuda:12.6.3-devel-ubuntu24.04';
const found = (letter: string, substitute = false) => ({
  reference: `x@${digest(letter)}`,
  digest: digest(letter),
  substitute,
  python: '3.12',
});
const dockerfiles = Object.fromEntries(
  imageKinds.map((kind) => {
    const path = `dockerfiles/${kind}.Dockerfile`;
    return [kind, { path, text: readFileSync(`${root}${path}`, 'utf8') }];
  }),
) as PlanInputs['dockerfiles'];
const torch = 'torch==2.7.1 \\\n    --hash=sha256:ab\n';
const inputs = (change: Partial<PlanInputs> = {}): PlanInputs => ({
  definition,
  machine: parseMachineSettings('{"repositories":{"*":"localhost:5000"}}', 'machine.json'),
  dockerfiles,
  locks: {
    cpu: { requirements: 'numpy==2.3.0 \\\n    --hash=sha256:aa\n', native: '', dev: '' },
    ampere: {
      requirements: torch,
      native: 'flash-attn==2.7.4.post1 \\\n    --hash=sha256:ac\n',
      dev: 'ruff==0.1 \\\n    --hash=sha256:ad\n',
    },
  },
  verification: {},
  maxJobs: 1,
  pyproject: { file: 'pyproject.toml', text: '[project]\nname = "digits"\nversion = "0.1.0"\n' },
  sources: [
    {
      folder: 'examples/digits',
      path: '/app/digits',
      git: null,
      files: [{ path: 'a.py', executable: false, sha256: 'a' }],
      neutral: {},
      neutralTree: null,
    },
  ],
  foreign: { 'ubuntu:24.04': found('1'), [devel]: found('5') },
  platform: 'linux/amd64',
  ...change,
});
const named = (name: string): Architecture => {
  const architecture = definition.architectures.find((each) => each.name === name);
  if (architecture === undefined) throw new Error(`no ${name}`);
  return architecture;
};
const dev = (name: string, push = false, change?: Partial<PlanInputs>) =>
  planDev(inputs(change), named(name), push);
/** A registry that wants a log-in for everything. */
const denying = {
  digest: async () => {
    throw new Failure({ code: 'registry-denied', message: 'who are you?', remedy: '' });
  },
} as unknown as Registry;
const wheel =
  planBase(inputs(), named('ampere')).builds.find(({ target }) => target === 'flash-attention-wheel')?.push ??
  '';

describe('the dev image', () => {
  it('goes into the engine under the name of the definition, wherever the repositories are sent', () => {
    const plan = settle(dev('cpu'), {});
    expect(plan).toMatchObject({ state: 'build', repository: 'polli-labs/linnaeus', movingTags: [] });
    expect(imageCall(plan)).toMatchObject({
      push: null,
      load: ['polli-labs/linnaeus:dev', 'polli-labs/linnaeus:dev-cpu'],
    });
    expect(plan.reason).toBe('made for the engine of this machine, as polli-labs/linnaeus:dev');
  });

  it('is pushed under its key tag, and is then there', () => {
    const plan = dev('cpu', true);
    expect(imageCall(plan)?.load).toBeUndefined();
    expect(imageCall(plan)?.push).toBe(
      `localhost:5000/polli-labs/linnaeus:dev-cpu-${plan.key?.slice(0, 12)}`,
    );
    expect(settle(plan, {}).state).toBe('build');
    const at = (tag: string | null) => `${plan.repository}:${tag}`;
    const there = { [at(plan.keyTag)]: digest('2'), [at('dev')]: digest('2'), [at('dev-cpu')]: digest('2') };
    expect(settle(plan, there).state).toBe('current');
    expect(settle(plan, { ...there, [at('dev')]: digest('3') }).state).toBe('tag');
    expect(settle(settle(plan, there), there)).toEqual(settle(plan, there));
  });

  it('stands on the CUDA developer image, or without CUDA on the operating system', () => {
    expect(imageCall(dev('ampere'))?.images).toMatchObject({ [devel]: found('5').reference });
    expect(imageCall(dev('ampere'))?.arguments.CUDA_DEVEL_IMAGE).toBe(devel);
    expect(imageCall(dev('cpu'))?.arguments.CUDA_DEVEL_IMAGE).toBe('ubuntu:24.04');
  });

  it('has the same key in the engine and in a registry', () => {
    expect(dev('ampere', true).key).toBe(dev('ampere').key);
  });

  it.each([
    ['the extra dev', { locks: { ...inputs().locks, ampere: { requirements: torch, native: '', dev: '' } } }],
    ['the developer image', { foreign: { ...inputs().foreign, [devel]: found('6') } }],
    ['a file of the application', { sources: [] }],
  ])('has another key with %s', (_what, change: Partial<PlanInputs>) => {
    expect(dev('ampere', false, change).key).not.toBe(dev('ampere').key);
  });

  it('may be made from a substitute, and may not leave the machine then', () => {
    const foreign = { ...inputs().foreign, [devel]: found('5', true) };
    const machine = parseMachineSettings('{}', 'machine.json');
    const plan = dev('ampere', false, { foreign, machine });
    expect(imageCall(plan)?.labels['io.slipway.substitute']).toBe(`${devel}=${digest('5')}`);
    expect(() => dev('ampere', true, { foreign, machine })).toThrow('substitute-public');
  });
});

describe('flash-attention of a dev image', () => {
  it('is the wheel that bases keep, where it is there', () => {
    const plan = settle(dev('ampere'), { [wheel]: digest('7') });
    expect(imageCall(plan)?.images['flash-attention-wheel']).toBe(wheel);
    expect(plan.builds.some(compilesWheel)).toBe(false);
  });

  it('is compiled in its build otherwise, from the lock and for the contract, with the same key', () => {
    const plan = settle(dev('ampere'), {});
    const call = imageCall(plan);
    expect(call?.images).not.toHaveProperty('flash-attention-wheel');
    expect(plan.builds.some(compilesWheel)).toBe(true);
    expect(plan.reason).toContain('takes hours');
    expect(call?.arguments).toMatchObject({
      FLASH_ATTN_CUDA_ARCHS: '80',
      CUDA_ARCH_LIST: '8.0;8.6',
      MAX_JOBS: '1',
    });
    expect(call?.contexts.locks?.texts?.['native.txt']).toContain('flash-attn==2.7.4.post1');
    expect(plan.key).toBe(settle(dev('ampere'), { [wheel]: digest('7') }).key);
  });

  it.each([
    ['counts as absent for whoever only works here and has no log-in', false, 'build'],
    ['is asked for with a log-in by whoever pushes', true, 'registry-denied'],
  ])('%s', async (_what, push, outcome) => {
    const settled = settlePlans([dev('ampere', push)], denying).then(
      ([plan]) => plan?.state,
      (error: { problems: { code: string }[] }) => error.problems[0]?.code,
    );
    expect(await settled).toBe(outcome);
  });
});

it('Dockerfiles are joined so that arguments of FROM come before every stage', () => {
  const joined = joinDockerfiles([
    { path: 'a', text: '# a\nARG A=scratch\nFROM $A AS a\nCOPY x /\n' },
    { path: 'b', text: 'ARG B=scratch\n\nFROM $B AS b\nCOPY --from=a x /\n' },
  ]);
  expect(joined).toEqual({
    path: 'b',
    text: '# a\nARG A=scratch\n\nARG B=scratch\n\nFROM $A AS a\nCOPY x /\n\nFROM $B AS b\nCOPY --from=a x /\n',
  });
  expect(stageClosure(joined, 'b').text).toContain('COPY x /');
});
