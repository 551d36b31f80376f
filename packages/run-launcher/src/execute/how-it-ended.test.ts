import type { ContainerState } from '@slipway/effects';
import { expect, it } from 'vitest';
import { outcomeOf } from './how-it-ended.ts';

const ended = (exitCode: number, killedByMemory = false): ContainerState => ({
  id: 'x',
  status: 'exited',
  exitCode,
  killedByMemory,
  pid: 0,
  error: '',
  startedAt: '',
  finishedAt: '',
  labels: {},
});
const alone = { stopped: false, lost: false };

it.each([
  ['finished', ended(0), alone],
  ['failed', ended(3), alone],
  ['failed', ended(137), alone],
  ['stopped', ended(130), { stopped: true, lost: false }],
  ['stopped', ended(0), { stopped: true, lost: false }],
  ['killed by memory', ended(137, true), alone],
  // A child was killed, and the application coped.
  ['finished', ended(0, true), alone],
  ['lost', ended(255), { stopped: false, lost: true }],
  ['finished', ended(0), { stopped: false, lost: true }],
])('%s', (outcome, state, how) => {
  expect(outcomeOf(state, how)).toEqual({ outcome, exitCode: state.exitCode });
});
