import { expect, it } from 'vitest';
import { planAgain } from '../plan/again.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { diffRuns } from './diff-runs.ts';
import type { RunRecord } from './run-record.ts';

const plan: RunPlan = {
  slipwayRunPlan: 3,
  id: 'a',
  scheduler: 'docker',
  image: {
    reference: 'r:cpu-v1',
    digest: `sha256:${'a'.repeat(64)}`,
    from: 'registry',
    bytes: 1,
    labels: {},
    user: null,
    entrypoint: [],
    commit: null,
  },
  application: 'digits',
  entrypoint: null,
  command: ['python', 'main.py', '--opts', 'A', '1', 'B', '2'],
  workingFolder: '/app',
  mounts: [
    { source: '/w/.slipway/runs/a/output', target: '/output', readOnly: false },
    { source: '/cache', target: '/root/.cache/digits', readOnly: false },
  ],
  environment: { SLIPWAY_RUN_ID: 'a' },
  secrets: {},
  ssh: null,
  updates: [],
  shmSize: '8g',
  gpus: null,
  processes: 1,
  user: null,
  init: false,
  terminal: false,
  network: null,
  stop: { signal: 'SIGINT', seconds: 120 },
  labels: {
    'io.slipway.run': 'a',
    'io.slipway.image': 'r:cpu-v1',
    'io.slipway.run.folder': '/w/.slipway/runs/a',
    'io.slipway.run.output': '/w/.slipway/runs/a/output',
  },
  forced: [],
  origins: {},
};
const record: RunRecord = {
  record: 'run',
  id: 'a',
  plan,
  startedAt: '',
  endedAt: '',
  durationSeconds: 1,
  outcome: 'finished',
  exitCode: 0,
  log: '',
  host: { gpus: [], engine: null },
  warnings: [],
  pull: null,
  peaks: null,
  follower: null,
};

it('plans the same run again under a new id, with a new folder where the old one had its own', () => {
  const again = planAgain(plan, { id: 'b', runFolder: '/w/.slipway/runs/b', output: null });
  expect(again).toEqual({
    ...plan,
    id: 'b',
    mounts: [{ ...plan.mounts[0], source: '/w/.slipway/runs/b/output' }, plan.mounts[1]],
    environment: { SLIPWAY_RUN_ID: 'b' },
    labels: {
      'io.slipway.run': 'b',
      'io.slipway.image': 'r:cpu-v1',
      'io.slipway.run.folder': '/w/.slipway/runs/b',
      'io.slipway.run.output': '/w/.slipway/runs/b/output',
    },
    origins: { rerun: 'a' },
  });
  expect(diffRuns(record, { ...record, id: 'b', plan: again })).toEqual([]);
  const elsewhere = planAgain(plan, { id: 'b', runFolder: '/w/.slipway/runs/b', output: '/o' });
  expect(elsewhere.mounts[0]?.source).toBe('/o');
});

it('says what differs, options by their key', () => {
  const command = ['python', 'main.py', '--opts', 'B', '3', 'C', '4'];
  const other = {
    ...record,
    id: 'b',
    outcome: 'failed' as const,
    exitCode: 3,
    plan: { ...plan, command },
  };
  expect(diffRuns(record, other)).toEqual([
    { path: 'exitCode', before: '0', after: '3' },
    { path: 'opts.A', before: '"1"', after: null },
    { path: 'opts.B', before: '"2"', after: '"3"' },
    { path: 'opts.C', before: null, after: '"4"' },
    { path: 'outcome', before: '"finished"', after: '"failed"' },
  ]);
});
