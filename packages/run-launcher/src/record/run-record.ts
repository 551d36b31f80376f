import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Failure, type Problem } from '@slipway/contract';
import { type Gpu, writeWhole } from '@slipway/effects';
import type { Finding } from '../checks/check.ts';
import type { RunPlan } from '../plan/run-plan.ts';

/**
 * How a run stands or ended. `stopped`: it was under way when it was asked to end, whatever exit code it then had. `lost`:
 * nobody can say, because the engine or the container went away.
 */
export type Outcome = 'running' | 'finished' | 'failed' | 'stopped' | 'killed by memory' | 'lost';

/** What happened to a run. It is written when the run starts and again when it ends. */
export interface RunRecord {
  record: 'run';
  id: string;
  plan: RunPlan;
  startedAt: string;
  endedAt: string | null;
  durationSeconds: number | null;
  outcome: Outcome;
  exitCode: number | null;
  /** Everything the application printed, secrets masked; relative to the workspace. */
  log: string;
  /** The host it was started on; the name is absent in records of earlier versions. */
  host: { name?: string; gpus: readonly Gpu[]; engine: { name: string; version: string } | null };
  /** What checks found that did not stop it. */
  warnings: readonly Finding[];
  /** Null: the engine had the image. */
  pull: { seconds: number; bytes: number | null } | null;
  /** Null where they cannot be measured: the engine is elsewhere, or the run was too short. */
  peaks: Peaks | null;
  /** The process that follows it, by its id and the time it started; null: nobody does any more. */
  follower: { pid: number; started: string } | null;
  problems?: readonly Problem[];
  /** Whether its log could not be taken over and is still the engine's alone, with the container. */
  logWithEngine?: boolean;
}

export interface Peaks {
  memoryBytes: number | null;
  /** Time of all cores together. */
  cpuSeconds: number | null;
  /** In use on all GPUs of the host, whoever uses it. */
  gpuMemoryMiB: number | null;
}

/** Folder of all runs, relative to the workspace; one folder a run with plan, record and log. */
export const runsFolder = '.slipway/runs';

export const runFolder = (root: string, id: string): string => join(root, runsFolder, id);

/** Whether another host started the run: its container and processes are not to be found here. */
export const isElsewhere = ({ host }: Pick<RunRecord, 'host'>): boolean =>
  host.name !== undefined && host.name !== hostname();

/** Writes the record of a run as a whole or not at all. */
export function writeRunRecord(root: string, record: RunRecord): string {
  const path = join(runFolder(root, record.id), 'record.json');
  writeWhole(path, `${JSON.stringify(record, null, 2)}\n`);
  return path;
}

/** A record that has come to its end. */
export function endedRecord(record: RunRecord, ended: Date): RunRecord {
  const durationSeconds = (ended.getTime() - Date.parse(record.startedAt)) / 1000;
  return { ...record, endedAt: ended.toISOString(), durationSeconds, follower: null };
}

/** A file that should be the record of a run and is none. */
export interface DamagedRecord {
  /** The name of its folder. */
  id: string;
  /** Relative to the workspace. */
  path: string;
  /** What is wrong with it, as the end of a sentence. */
  what: string;
  /** The run whose record it is a copy of; null: it can be read as none. */
  copyOf: string | null;
}

/** The recorded runs, oldest first, and the files that should be records and are none. */
export function readRunRecords(root: string): { records: RunRecord[]; damaged: DamagedRecord[] } {
  const folder = join(root, runsFolder);
  const ids = existsSync(folder) ? readdirSync(folder).sort() : [];
  const read = ids
    .map((id) => ({ id, path: join(folder, id, 'record.json') }))
    .filter(({ path }) => existsSync(path))
    .map(({ id, path }) => ({ id, path: relative(root, path), record: readRecord(path) }));
  return {
    // Several may have been started in the second that their ids name.
    records: read.flatMap(({ id, record }) => (record?.id === id ? record : [])).sort(byStart),
    damaged: read.flatMap(({ id, path, record }) => {
      if (record?.id === id) return [];
      const what =
        record === undefined
          ? 'is not the record of a run, or only a part of one'
          : `is a copy of the record of ${record.id}, under another name`;
      return [{ id, path, what, copyOf: record?.id ?? null }];
    }),
  };
}

const byStart = (one: RunRecord, other: RunRecord): number =>
  one.startedAt < other.startedAt ? -1 : one.startedAt > other.startedAt ? 1 : 0;

/** The record of a run as it lies on the disk now; as it was when that cannot be read. */
export const rereadRecord = (root: string, record: RunRecord): RunRecord =>
  readRecord(join(runFolder(root, record.id), 'record.json')) ?? record;

/** Undefined: something else lies there, or a part of it. */
function readRecord(path: string): RunRecord | undefined {
  try {
    const record = complete(JSON.parse(readFileSync(path, 'utf8')) as RunRecord);
    return isWhole(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Records of earlier versions lack what was not recorded then. */
function complete(record: RunRecord): RunRecord {
  const { secrets = {}, updates = [], ssh = null } = record.plan;
  const unknown = { endedAt: null, durationSeconds: null, exitCode: null, warnings: [] };
  return {
    ...{ ...unknown, pull: null, peaks: null, follower: null },
    ...record,
    host: { ...{ gpus: [], engine: null }, ...record.host },
    plan: { ...record.plan, secrets, updates, ssh },
  };
}

/** Whether a record has what every command relies on. */
function isWhole({ record, id, plan, startedAt, outcome, log, host }: RunRecord): boolean {
  const texts: unknown[] = [startedAt, outcome, log, plan.scheduler, plan.image.reference, plan.image.digest];
  const lists: unknown[] = [plan.command, plan.mounts, plan.updates, host.gpus];
  const others: unknown[] = [plan.environment, plan.labels, plan.stop, plan.secrets];
  return (
    record === 'run' &&
    plan.id === id &&
    texts.every((text) => typeof text === 'string') &&
    lists.every((list) => Array.isArray(list)) &&
    others.every((other) => typeof other === 'object' && other !== null)
  );
}

/**
 * The record of one run, by its id or a beginning of it that fits only one; `last` is the newest.
 * @throws Failure `run-unknown`, `usage` for an empty id, or `record-unreadable` for one that is damaged.
 */
export function readRunRecord(root: string, id: string): RunRecord {
  if (id.trim() === '') throw new Failure({ code: 'usage', message: 'the run id is empty', remedy });
  const { records, damaged } = readRunRecords(root);
  const found = id === 'last' ? records.slice(-1) : records.filter((record) => record.id.startsWith(id));
  if (found.length === 1 && found[0]) return found[0];
  const broken = damaged.find((each) => each.id.startsWith(id));
  if (found.length === 0 && broken !== undefined) {
    throw new Failure({
      code: 'record-unreadable',
      message: `${broken.path} ${broken.what}`,
      remedy: `see what there is of it in ${dirname(broken.path)}; slipway runs lists the others`,
    });
  }
  throw new Failure({
    code: 'run-unknown',
    message:
      found.length === 0
        ? `there is no run ${id} in ${runsFolder}`
        : `${id} fits ${found.length} runs: ${someOf(found.map((record) => record.id))}`,
    remedy,
  });
}

/** How many ids a person is shown of those that fit: the newest ones are wanted more often. */
const shown = 5;

const someOf = (ids: readonly string[]): string =>
  [...(ids.length > shown ? [`${ids.length - shown} earlier ones`] : []), ...ids.slice(-shown)].join(', ');

const remedy = 'slipway runs lists them';
