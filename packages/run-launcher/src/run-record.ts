import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, type Problem } from '@slipway/contract';
import { writeWhole } from '@slipway/effects';
import type { RunPlan } from './run-plan.ts';

/** What happened to a run. It is written when the run starts and again when it ends. */
export interface RunRecord {
  record: 'run';
  id: string;
  plan: RunPlan;
  startedAt: string;
  endedAt: string | null;
  durationSeconds: number | null;
  outcome: 'running' | 'finished' | 'failed' | 'stopped' | 'killed by memory' | 'lost';
  exitCode: number | null;
  /** Everything the application printed; relative to the workspace. */
  log: string;
  problems?: readonly Problem[];
}

/** Folder of all runs, relative to the workspace; one folder a run with plan, record and log. */
export const runsFolder = '.slipway/runs';

export const runFolder = (root: string, id: string): string => join(root, runsFolder, id);

/** Writes the record of a run as a whole or not at all. */
export function writeRunRecord(root: string, record: RunRecord): string {
  const path = join(runFolder(root, record.id), 'record.json');
  writeWhole(path, `${JSON.stringify(record, null, 2)}\n`);
  return path;
}

/** All recorded runs, oldest first. */
export function readRunRecords(root: string): RunRecord[] {
  const folder = join(root, runsFolder);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((id) => join(folder, id, 'record.json'))
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, 'utf8')) as RunRecord);
}

/**
 * The record of one run, by its id or a beginning of it that fits only one.
 * @throws Failure `run-unknown`.
 */
export function readRunRecord(root: string, id: string): RunRecord {
  const records = readRunRecords(root);
  const found = records.filter((record) => record.id === id || record.id.startsWith(id));
  if (found.length === 1 && found[0]) return found[0];
  throw new Failure({
    code: 'run-unknown',
    message:
      found.length === 0
        ? `there is no run ${id} in ${runsFolder}`
        : `${id} fits ${found.length} runs: ${found.map((record) => record.id).join(', ')}`,
    remedy: 'slipway runs lists them',
  });
}
