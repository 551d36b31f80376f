import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command, ContainerEngine, ContainerState } from '@slipway/effects';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunPlan } from '../plan/run-plan.ts';
import { endedRecord, type RunRecord, readRunRecord, writeRunRecord } from '../record/run-record.ts';
import { executeRun, type RunSurroundings } from './execute-run.ts';

let root: string;
/** It is there while the container runs. */
let alive: string;
/** Whether somebody has removed it, or it was never made. */
let gone: boolean;
let calls: string[];
let stop: AbortController;
let leave: AbortController;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-execute-'));
  alive = join(root, 'alive');
  gone = false;
  calls = [];
  stop = new AbortController();
  leave = new AbortController();
});
afterEach(() => {
  programs.run = makes;
  rmSync(root, { recursive: true });
});

const makes = 'touch "$0"';

/** What its program does. The one that starts the container is gone at once, and the container goes on. */
const programs: Record<string, string> = {
  run: makes,
  logs: 'while [ -e "$0" ]; do sleep 0.05; done',
  stop: 'rm "$0"',
};
const engine = {
  name: 'docker',
  command: ([word = '', ...args]: string[], options: Partial<Command> = {}): Command => {
    // Of a log of which nothing was kept, only what comes is asked for.
    calls.push([word, ...args.filter((arg) => arg === '--follow')].join(' '));
    return { ...options, file: 'sh', args: ['-c', programs[word] ?? 'true', alive] };
  },
  inspect: async () =>
    gone || calls.length === 0
      ? undefined
      : ({ id: 'x', status: existsSync(alive) ? 'running' : 'exited', exitCode: 130 } as ContainerState),
  list: async () => [],
  remove: async () => void calls.push('remove'),
} as unknown as ContainerEngine;

const execute = (changes: Partial<RunSurroundings> = {}) => {
  const plan = {
    ...{ id: `executed-${process.pid}`, scheduler: 'docker', application: 'digits', command: [], mounts: [] },
    tmpfs: [],
    ...{ image: { reference: 'r:v1', digest: `sha256:${'a'.repeat(64)}`, from: 'engine' }, updates: [] },
    ...{ environment: {}, secrets: {}, labels: {}, stop: { signal: 'SIGINT', seconds: 1 }, forced: [] },
    ...{ gpus: null, user: null, network: null, ssh: null },
  } as unknown as RunPlan;
  return executeRun(plan, {
    ...{ root, engine, present: true, findings: [], now: () => new Date(), say: () => {}, print: () => {} },
    host: { gpus: [], engine: null } as unknown as RunSurroundings['host'],
    progress: { show: () => {}, end: () => {} },
    ...{ interrupted: stop.signal, detached: leave.signal, handOver: async () => {} },
    ...changes,
  });
};
const followed = () => vi.waitFor(() => expect(calls).toContain('logs --follow'), { timeout: 30_000 });

it('a run whose program has gone is asked to end, too', async () => {
  const run = execute();
  await followed();
  stop.abort();
  expect(await run).toMatchObject({ outcome: 'stopped', exitCode: 130 });
  expect(calls).toContain('stop');
});

it('a run whose program has gone is handed over, too, and followed by one alone', async () => {
  const handOver = vi.fn(async () => {});
  const run = execute({ handOver });
  await followed();
  leave.abort();
  expect(await run).toMatchObject({ outcome: 'running' });
  expect(handOver).toHaveBeenCalledOnce();
  rmSync(alive);
  expect(readRunRecord(root, 'last').outcome).toBe('running');
});

it('a run that ended while it was handed over goes on no more', async () => {
  leave.abort();
  const handOver = async (record: RunRecord) => {
    rmSync(alive);
    writeRunRecord(root, endedRecord({ ...record, outcome: 'failed', exitCode: 3 }, new Date()));
  };
  expect(await execute({ handOver })).toMatchObject({ outcome: 'failed', exitCode: 3 });
});

it('a run that ended while it was handed over, and that nobody took over, is recorded here', async () => {
  leave.abort();
  const handOver = async () => rmSync(alive);
  expect(await execute({ handOver })).toMatchObject({ outcome: 'failed', exitCode: 130, follower: null });
  expect(readRunRecord(root, 'last').outcome).toBe('failed');
});

it.each([
  ['with an error and any code', 'echo no memory >&2; exit 2', 'ended with exit code 2:\n  | no memory'],
  ['without a word', 'kill -9 $$', 'ended with exit code 137 and made no container'],
])('an engine that makes no container, %s, is told of as it ended', async (_how, program, message) => {
  gone = true;
  programs.run = program;
  const ended = await execute();
  expect(ended).toMatchObject({ outcome: 'failed', exitCode: null });
  expect(ended.problems).toMatchObject([
    { code: 'command-failed', message: expect.stringContaining(message) },
  ]);
});

it('an application that printed something is lost with its container, whatever code it ended with', async () => {
  gone = true;
  programs.run = 'echo epoch 1; exit 125';
  const ended = await execute();
  expect(ended).toMatchObject({ outcome: 'lost', problems: [{ code: 'engine-lost' }] });
});

it('a run that cannot be recorded is not started, and no container is spoken of', async () => {
  // A file in the place of the folder, since root may write everywhere.
  writeFileSync(join(root, '.slipway'), '');
  await expect(execute()).rejects.toThrow(/^E\w+: /);
  expect(calls).toEqual([]);
});

it('a run that is to end while it is handed over is asked to, once', async () => {
  leave.abort();
  await execute({ handOver: async () => stop.abort() });
  expect(calls.filter((call) => call === 'stop')).toEqual(['stop']);
});

it('of a run whose output could not be handed on, the log stays with the engine until it is asked for', async () => {
  programs.run = 'echo line; rm -f "$0"';
  const print = () => {
    throw new RangeError('too long');
  };
  await expect(execute({ print })).rejects.toThrow('too long');
  expect(calls).not.toContain('remove');
  expect(readRunRecord(root, 'last').outcome).toBe('running');
});

it('a run that is to end when something fails may save first', async () => {
  leave.abort();
  const handOver = async () => {
    stop.abort();
    throw new Error('no process to be had');
  };
  await expect(execute({ handOver })).rejects.toThrow('no process to be had');
  expect(calls.filter((call) => call === 'stop')).toEqual(['stop']);
  // How it ended is recorded by whoever asks for it next.
  expect(calls).not.toContain('remove');
  expect(readRunRecord(root, 'last').outcome).toBe('running');
});
