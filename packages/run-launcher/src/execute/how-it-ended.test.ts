import type { ContainerState } from '@slipway/effects';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { RunRecord } from '../record/run-record.ts';
import { endOf, endTime } from './how-it-ended.ts';

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
  mounts: [],
});
const run = { id: 'a', plan: { scheduler: 'docker' } } as RunRecord;
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
])('%s', (outcome, state, { lost, stopped }) => {
  expect(endOf({ state, lost }, run, { stopped })).toEqual({ outcome, exitCode: state.exitCode });
});

it.each([
  ['goes on', { state: { ...ended(0), status: 'running' as const }, lost: true }, {}, 'running'],
  ['is lost with its container', { state: undefined, lost: false }, {}, { outcome: 'lost', exitCode: null }],
  ['is lost with its engine', undefined, {}, { outcome: 'lost', exitCode: null }],
  [
    "never started, and podman's program said why",
    { state: { ...ended(0), status: 'created' as const }, lost: false },
    { said: ['Error: setting up CDI devices: unresolvable CDI devices nvidia.com/gpu=all'] },
    {
      outcome: 'failed',
      exitCode: null,
      problems: [
        {
          code: 'command-failed',
          message: expect.stringMatching(
            /could not start the container of the run \S+: setting up CDI devices/,
          ),
        },
      ],
    },
  ],
  [
    'never started, and docker knows why',
    {
      state: { ...ended(125), status: 'created' as const, error: 'CDI device injection failed' },
      lost: false,
    },
    { said: ["Run 'docker run --help' for more information"] },
    {
      outcome: 'failed',
      exitCode: null,
      problems: [{ message: expect.stringContaining(': CDI device injection failed') }],
    },
  ],
  [
    'never started, and nobody said why',
    { state: { ...ended(0), status: 'created' as const }, lost: false },
    {},
    { outcome: 'failed', exitCode: null, problems: [{ code: 'command-failed' }] },
  ],
  [
    'was stopped before it started',
    { state: { ...ended(0), status: 'created' as const }, lost: false },
    { stopped: true },
    { outcome: 'stopped', exitCode: null },
  ],
])('%s', (_what, asked, how, expected) => {
  const found = endOf(asked, run, { stopped: false, ...how });
  if (typeof expected === 'string') expect(found).toBe(expected);
  else expect(found).toMatchObject(expected);
});

it('tells an engine that does not answer from a container that was removed', () => {
  const problemOf = (asked: Parameters<typeof endOf>[0]) => {
    const ended = endOf(asked, run, { stopped: false });
    return ended === 'running' ? undefined : ended.problems?.[0];
  };
  expect(problemOf(undefined)?.remedy).toMatch(/^start the engine, /);
  const removed = problemOf({ state: undefined, lost: false });
  expect(removed?.message).toContain('the container of the run a was removed');
  expect(removed?.remedy).not.toContain('engine');
});

it.each([
  ['when the engine says', { finishedAt: '2026-01-01T00:00:02.5Z' }, '2026-01-01T00:00:02.500Z'],
  [
    'now, by an engine whose clock is late',
    { finishedAt: '2025-12-31T23:00:00Z' },
    '2026-01-01T00:01:00.000Z',
  ],
  [
    'now, by an engine whose clock is early',
    { finishedAt: '2026-01-01T01:00:00Z' },
    '2026-01-01T00:01:00.000Z',
  ],
  ['now, where the engine does not say', {}, '2026-01-01T00:01:00.000Z'],
  [
    'now, where it runs again',
    { finishedAt: '2026-01-01T00:00:02Z', status: 'running' },
    '2026-01-01T00:01:00.000Z',
  ],
] as const)('a container ended %s', (_when, state, time) => {
  vi.useFakeTimers({ now: Date.parse('2026-01-01T00:01:00Z') });
  onTestFinished(() => void vi.useRealTimers());
  const startedAt = '2026-01-01T00:00:00.000Z';
  expect(endTime({ startedAt }, { ...ended(0), ...state }).toISOString()).toBe(time);
});
