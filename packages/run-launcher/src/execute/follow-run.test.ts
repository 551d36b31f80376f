import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerEngine } from '@slipway/effects';
import { expect, it, onTestFinished } from 'vitest';
import { type RunRecord, runFolder } from '../record/run-record.ts';
import { followRun } from './follow-run.ts';

it('asks an engine of whose log nothing comes again at the end only, and misses nothing of it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'slipway-follow-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(runFolder(root, 'a'), { recursive: true });
  const logged = join(root, 'engine.txt');
  writeFileSync(logged, '');
  const over = Date.now() + 1500;
  let asked = 0;
  const engine: Partial<ContainerEngine> = {
    name: 'docker',
    command: (_args, options) => {
      asked += 1;
      return { ...options, file: 'cat', args: [logged] };
    },
    inspect: async () => {
      const status = Date.now() < over ? 'running' : 'exited';
      if (status === 'exited') writeFileSync(logged, 'last words\n');
      return { status, exitCode: 0, killedByMemory: false } as Awaited<
        ReturnType<ContainerEngine['inspect']>
      >;
    },
    remove: async () => {},
  };
  const record = {
    id: 'a',
    plan: { id: 'a', scheduler: 'docker', gpus: null },
    startedAt: new Date().toISOString(),
    outcome: 'running',
    log: '.slipway/runs/a/log.txt',
    peaks: null,
  } as unknown as RunRecord;
  const around = { root, engine: engine as ContainerEngine, say: () => {} };
  const ended = await followRun(record, [], around);
  expect(ended.outcome).toBe('finished');
  expect(ended.logWithEngine).toBeUndefined();
  expect(asked).toBe(2);
  expect(readFileSync(join(root, record.log), 'utf8')).toBe('last words\n');
});

it('of a container that was removed by hand, says that its log ends there, and leaves nothing with the engine', async () => {
  const root = mkdtempSync(join(tmpdir(), 'slipway-follow-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(runFolder(root, 'a'), { recursive: true });
  const engine: Partial<ContainerEngine> = {
    name: 'docker',
    command: (_args, options) => ({ ...options, file: 'sh', args: ['-c', 'echo one; exit 1'] }),
    inspect: async () => undefined,
    remove: async () => {},
  };
  const record = {
    ...{ id: 'a', plan: { id: 'a', scheduler: 'docker', gpus: null }, outcome: 'running', peaks: null },
    ...{ startedAt: new Date().toISOString(), log: '.slipway/runs/a/log.txt' },
  } as unknown as RunRecord;
  const said: string[] = [];
  const around = { root, engine: engine as ContainerEngine };
  const ended = await followRun(record, [], { ...around, say: (line) => said.push(line) });
  expect(said).toEqual([]);
  expect(ended).toMatchObject({ outcome: 'lost', exitCode: null });
  expect(ended.logWithEngine).toBeUndefined();
  expect(ended.problems?.[0]?.message).toContain('its log ends there');
  expect(readFileSync(join(root, record.log), 'utf8')).toBe('one\n');
});
