import { Failure, type ProblemCode } from '@slipway/contract';
import type { ContainerEngine, ContainerState } from '@slipway/effects';
import { expect, it } from 'vitest';
import { openUsers } from './busy.ts';

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
const engine = (changes: Partial<ContainerEngine>): ContainerEngine =>
  ({
    list: async (label: string) => (label === 'io.slipway.run' ? ['run', 'ended'] : ['shell']),
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

function userOf(kind: string) {
  return { id: `id-${kind}`, sources: [`/${kind}`], open: true };
}
