import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, type ProblemCode } from '@slipway/contract';
import type { ContainerEngine, ContainerState } from '@slipway/effects';
import { expect, it } from 'vitest';
import { busyRun, openUsers } from './busy.ts';

const failing = (code: ProblemCode) => async () => {
  throw new Failure({ code, message: '', remedy: '' });
};
const stateOf = (container: string): ContainerState =>
  ({
    id: container,
    status: container === 'ended' ? 'exited' : 'running',
    labels: { [`io.slipway.${container}`]: `id-${container}` },
    mounts: [`/${container}`],
  }) as unknown as ContainerState;
const unneeded = async (container: string) => {
  throw new Error(`asked for ${container}`);
};
const engine = (changes: Partial<ContainerEngine>): ContainerEngine =>
  ({
    list: async (label: string, { running = false } = {}) =>
      (label === 'io.slipway.shell' ? ['shell'] : running ? ['run'] : ['run', 'ended']).map(stateOf),
    inspect: async (container: string) => stateOf(container),
    ...changes,
  }) as unknown as ContainerEngine;

it.each([
  ['answers', {}, [userOf('run'), userOf('shell')]],
  ['is not installed', { list: failing('command-missing') }, []],
  ['does not answer', { list: failing('engine-unreachable') }, null],
  ['does not answer for one of them', { inspect: failing('engine-unreachable') }, null],
])('what an engine has under way that %s', async (_how, changes, expected) => {
  expect(await openUsers(engine(changes))).toEqual(expected);
});

it('takes no run that ended for one that writes, and asks for no container by itself', async () => {
  const labels = { 'io.slipway.run': 'other', 'io.slipway.run.output': '/out' };
  const list: ContainerEngine['list'] = async (_label, { running = false } = {}) =>
    running ? [] : [{ ...stateOf('ended'), labels }];
  expect(await busyRun(engine({ list, inspect: unneeded }), '/out')).toBeNull();
});

it('asks only for what is under way what it uses', async () => {
  const asked: string[] = [];
  const inspect = async (container: string) => {
    asked.push(container);
    return stateOf(container);
  };
  await openUsers(engine({ inspect }));
  expect(asked).toEqual(['run', 'shell']);
});

function userOf(kind: string) {
  return { id: `id-${kind}`, sources: [`/${kind}`], open: true };
}

it.each([
  ['/out', '/out'],
  ['/out/sub', '/out'],
  ['/out', '/out/sub'],
])(
  'finds the run that writes into %s, before another one that is to write into %s',
  async (folder, output) => {
    const labels = { 'io.slipway.run': 'other', 'io.slipway.run.output': folder };
    const listing = engine({ list: async () => [{ ...stateOf('run'), labels }], inspect: unneeded });
    expect(await busyRun(listing, output)).toEqual({ id: 'other', folder });
    expect(await busyRun(listing, '/out-2')).toBeNull();
  },
);

it('finds it behind a link, too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-busy-'));
  try {
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    const labels = { 'io.slipway.run': 'other', 'io.slipway.run.output': join(folder, 'real') };
    const listing = engine({ list: async () => [{ ...stateOf('run'), labels }], inspect: unneeded });
    expect(await busyRun(listing, join(folder, 'link/sub'))).toMatchObject({ id: 'other' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
