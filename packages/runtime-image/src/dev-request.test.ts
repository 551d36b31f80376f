import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Architecture } from '@slipway/contract';
import { readDefinition } from '@slipway/effects';
import { printPlan } from '@slipway/images';
import { expect, it } from 'vitest';
import { defaultArchitecture, devRequest } from './dev-request.ts';

const definition = readDefinition(new URL('../../../', import.meta.url).pathname);
const named = (...names: string[]) => definition.architectures.filter(({ name }) => names.includes(name));
const withdrawn = (architecture: Architecture) => ({ ...architecture, deprecated: 'old' });

it.each([
  ['the oldest GPUs with flash-attention', definition.architectures, 'ampere'],
  ['whatever order they come in', definition.architectures.toReversed(), 'ampere'],
  ['GPUs rather than none', named('cpu', 'turing'), 'turing'],
  ['the only one', named('cpu'), 'cpu'],
  [
    'one that is not deprecated',
    [...named('ampere').map(withdrawn), ...named('cpu', 'ada', 'hopper')],
    'ada',
  ],
])('takes %s', (_what, architectures: readonly Architecture[], name) => {
  expect(defaultArchitecture(architectures).name).toBe(name);
});

it('takes the named one, and says of one that it chose itself that there are others', () => {
  expect(devRequest(definition, { architecture: 'cpu' })).toMatchObject({ project: 'dev-cpu', chosen: '' });
  expect(devRequest(definition, {}).chosen).toContain('--architecture');
  expect(() => devRequest(definition, { architecture: 'amper' })).toThrow('architecture-unknown');
});

it('refuses a saved plan of something else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-dev-plan-'));
  const plan = join(folder, 'plan.json');
  const image = {
    ...{ project: 'dev-cpu', kind: 'dev', architecture: 'cpu', state: 'build', repository: 'x/dev' },
    ...{ movingTags: [], siblings: [], components: {}, tagDigests: {}, limit: null, machine: {} },
    builds: [
      { target: 'dev', load: ['x/dev:dev'], dockerfile: { path: 'Dockerfile', text: '' }, arguments: {} },
    ],
  };
  try {
    writeFileSync(plan, `${printPlan([image as never])}\n`);
    expect(devRequest(definition, { plan })).toMatchObject({ architecture: 'cpu', plan });
    expect(() => devRequest(definition, { plan, push: true })).toThrow('--push was given');
    writeFileSync(plan, `${printPlan([{ ...image, kind: 'base' } as never])}\n`);
    expect(() => devRequest(definition, { plan })).toThrow('not the plan of one dev image');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
