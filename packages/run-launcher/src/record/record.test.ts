import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ContainerEngine,
  type ContainerState,
  removeSecrets,
  secretsFolder,
  writeSecrets,
} from '@slipway/effects';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { claimRecord } from '../execute/claim-run.ts';
import { planAgain } from '../plan/again.ts';
import { parseRunPlan, type RunPlan } from '../plan/run-plan.ts';
import { diffRuns } from './diff-runs.ts';
import { thisProcess } from './follower.ts';
import { type RunRecord, readRunRecord, readRunRecords, runFolder, writeRunRecord } from './run-record.ts';
import { settleRun } from './settle.ts';

const plan: RunPlan = {
  slipwayRunPlan: 4,
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
  tmpfs: [],
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

it('with a plan of another version is not started again, and says which slipway does', () => {
  expect(parseRunPlan(JSON.stringify(plan), 'x')).toEqual(plan);
  const of = (slipwayRunPlan: number) => () => parseRunPlan(JSON.stringify({ ...plan, slipwayRunPlan }), 'x');
  expect(of(5)).toThrow('it was made by a newer slipway: plan version 5');
  expect(of(3)).toThrow('it was made by an earlier slipway: plan version 3');
});

describe('on disk', () => {
  let root: string;
  const write = (id: string, changes: object = {}) =>
    writeRunRecord(root, { ...record, id, plan: { ...plan, id }, startedAt: '2026', ...changes });
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'slipway-records-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('the last one is the one that was started last, whatever its id', () => {
    write('20260101-000000-ffff', { startedAt: '2026-01-01T00:00:00.100Z' });
    write('20260101-000000-0000', { startedAt: '2026-01-01T00:00:00.900Z' });
    expect(readRunRecord(root, 'last').id).toBe('20260101-000000-0000');
  });

  it('one that lacks something is damaged, one of an earlier version is completed', () => {
    const { mounts: _, ...withoutMounts } = plan;
    write('a', { plan: { ...withoutMounts, id: 'a' } });
    write('b', { log: undefined });
    write('c', { startedAt: undefined });
    write('d', { host: {}, warnings: undefined, pull: undefined, peaks: undefined, follower: undefined });
    const { records, damaged } = readRunRecords(root);
    const what = 'is not the record of a run, or only a part of one';
    expect(damaged).toEqual(
      ['a', 'b', 'c'].map((id) => ({ id, path: `.slipway/runs/${id}/record.json`, what, copyOf: null })),
    );
    expect(records).toMatchObject([
      { id: 'd', host: { gpus: [], engine: null }, follower: null, peaks: null },
    ]);
  });

  it('a copy of one keeps nobody from finding it, and is told', () => {
    write('20260101-000000-ffff');
    const folder = runFolder(root, '20260101-000000-ffff');
    cpSync(folder, `${folder}.bak`, { recursive: true });
    expect(readRunRecord(root, '20260101').id).toBe('20260101-000000-ffff');
    expect(readRunRecords(root)).toMatchObject({
      records: [{ id: '20260101-000000-ffff' }],
      damaged: [
        {
          id: '20260101-000000-ffff.bak',
          what: expect.stringContaining('is a copy of the record'),
          copyOf: '20260101-000000-ffff',
        },
      ],
    });
  });

  it('of many that fit, some are named', () => {
    for (let count = 0; count < 12; count += 1) write(`2026-${String(count).padStart(2, '0')}`);
    expect(() => readRunRecord(root, '2026')).toThrow(
      '2026 fits 12 runs: 7 earlier ones, 2026-07, 2026-08, 2026-09, 2026-10, 2026-11',
    );
    expect(() => readRunRecord(root, '2026-1')).toThrow('2026-1 fits 2 runs: 2026-10, 2026-11');
  });

  describe('of a run that nobody follows', () => {
    const ended: ContainerState = {
      ...{ id: 'x', status: 'exited', exitCode: 0, killedByMemory: false, pid: 0, error: '' },
      ...{ startedAt: '', finishedAt: '2026-01-01T00:00:10Z', labels: {}, mounts: [] },
    };
    const engineWith = (state: ContainerState, changes: Partial<ContainerEngine> = {}) => ({
      name: 'docker' as const,
      inspect: async () => state,
      sawEnd: async () => true,
      command: (_args: readonly string[], options: object) => ({
        ...options,
        file: 'echo',
        args: ['printed'],
      }),
      remove: vi.fn(async () => undefined),
      ...changes,
    });
    const settle = (engine: object) =>
      settleRun(root, readRunRecord(root, id), () => engine as ContainerEngine);
    // Another test file may have one of the same name.
    const id = `settled-${process.pid}`;
    const open = { outcome: 'running', exitCode: null, endedAt: null, log: 'log.txt' };

    it('the end is recorded before its container is removed', async () => {
      write(id, open);
      const remove = vi.fn(async () => expect(readRunRecord(root, id).outcome).toBe('finished'));
      expect(await settle(engineWith(ended, { remove }))).toMatchObject({
        record: { exitCode: 0 },
        note: null,
      });
      expect(remove).toHaveBeenCalledOnce();
    });

    it('what cannot be recorded is known all the same, and the container is left', async () => {
      write(id, open);
      // Nobody can make the folder into a file.
      rmSync(runFolder(root, id), { recursive: true });
      writeFileSync(runFolder(root, id), '');
      const engine = engineWith({ ...ended, exitCode: 7 });
      const record = { ...readRecordOf(id), ...open } as RunRecord;
      const settled = await settleRun(root, record, () => engine as unknown as ContainerEngine);
      expect(settled.record).toMatchObject({ outcome: 'failed', exitCode: 7, logWithEngine: true });
      expect(settled.unrecorded?.message).toContain(`the run ${id} has ended (failed, exit code 7)`);
      expect(settled.unrecorded?.remedy).toContain(`slipway show ${id}`);
      expect(engine.remove).not.toHaveBeenCalled();
    });
    const readRecordOf = (of: string) => ({ ...record, id: of, plan: { ...plan, id: of } });

    it('exit code 255 is its own, unless the engine did not see it end', async () => {
      const code255 = { ...ended, exitCode: 255 };
      write(id, open);
      expect((await settle(engineWith(code255))).record.outcome).toBe('failed');
      write(id, open);
      const unseen = await settle(engineWith(code255, { sawEnd: async () => false }));
      expect(unseen.record).toMatchObject({ outcome: 'lost', exitCode: 255 });
    });

    it('of what was said while it was lost, nothing is left', async () => {
      const problems = [{ code: 'engine-lost', message: '', remedy: '' }];
      write(id, { ...open, outcome: 'lost', endedAt: '2026-01-01T00:00:05Z', problems });
      const { record } = await settle(engineWith(ended));
      expect(record).toMatchObject({ outcome: 'finished', exitCode: 0 });
      expect(readRunRecord(root, id).problems).toBeUndefined();
    });

    it('values that no container took are taken away, and what a log is masked by is kept', async () => {
      write(id, open);
      const handed = writeSecrets(id, { TOKEN: 'planted-8' });
      const engine = engineWith(ended, { inspect: async () => undefined });
      expect((await settle(engine)).record).toMatchObject({ outcome: 'lost', exitCode: null });
      expect([handed, secretsFolder(id)].map((path) => existsSync(path))).toEqual([false, true]);
      removeSecrets(id);
    });

    it('two that record it at once: its log is taken over once', async () => {
      write(id, open);
      const both = await Promise.all([settle(engineWith(ended)), settle(engineWith(ended))]);
      expect(both.map(({ record }) => record.outcome)).toEqual(['finished', 'finished']);
      expect(readFileSync(join(root, 'log.txt'), 'utf8')).toBe('printed\n');
    });

    it('one that has a follower by then is left to it', async () => {
      write(id, open);
      const release = await claimRecord({ id }, { patienceMs: 0 });
      const engine = engineWith(ended);
      const settling = settle(engine);
      write(id, { ...open, follower: thisProcess() });
      release?.();
      expect((await settling).record).toMatchObject({ outcome: 'running', follower: { pid: process.pid } });
      expect(engine.remove).not.toHaveBeenCalled();
    });
  });
});
