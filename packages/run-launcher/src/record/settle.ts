import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { asFailure, type ContainerEngine, removeSecrets } from '@slipway/effects';
import { endOf } from '../execute/how-it-ended.ts';
import { maskSecrets } from '../execute/mask.ts';
import { missedLines } from '../execute/missed-lines.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { isFollowed } from './follower.ts';
import { endedRecord, isElsewhere, type RunRecord, writeRunRecord } from './run-record.ts';
import { stopWasRequested } from './stop-request.ts';
import { valuesToMask } from './values-to-mask.ts';

/** A run as it stands now; `note` is what the record itself does not say. */
export interface SettledRun {
  record: RunRecord;
  note: string | null;
}

/**
 * Brings a record up to date whose launcher went away: with a container that goes on it is left, with one that ended the
 * end is recorded and the container removed, and without one the run is lost.
 * @param engineOf the engine of a scheduler; one that does not answer changes nothing.
 */
export async function settleRun(
  root: string,
  record: RunRecord,
  engineOf: (scheduler: RunRecord['plan']['scheduler']) => ContainerEngine,
): Promise<SettledRun> {
  const open =
    record.outcome === 'running' ||
    (record.outcome === 'lost' && record.exitCode === null) ||
    record.logWithEngine;
  if (!open || isFollowed(record)) return { record, note: null };
  const { id, plan, host } = record;
  if (isElsewhere(record)) return { record, note: `started on ${host.name}: call slipway there` };
  const engine = engineOf(plan.scheduler);
  const state = await engine.inspect(containerName(id)).catch(() => 'silent' as const);
  if (state === 'silent') return { record, note: 'the engine does not answer' };
  if (state === undefined && record.logWithEngine) {
    return { record: logTaken(root, record), note: 'its log is gone' };
  }
  if (state === undefined && record.outcome === 'lost') return { record, note: null };
  // What an engine that was killed finds dead afterwards, it gives exit code 255.
  const lost = record.outcome === 'lost' || state?.exitCode === 255;
  const ended = endOf({ state, lost }, record, { stopped: stopWasRequested(root, id) });
  if (ended === 'running') {
    return {
      record: { ...record, outcome: 'running' },
      note: 'goes on by itself; slipway logs --follow shows it',
    };
  }
  const note = state?.status === 'exited' ? await keepLogOf(root, record, engine) : null;
  if (state !== undefined && note === null) await engine.remove(containerName(id)).catch(() => undefined);
  if (record.logWithEngine) return { record: note === null ? logTaken(root, record) : record, note };
  const finished = Date.parse(state?.finishedAt ?? '');
  const at = state?.status === 'exited' && !Number.isNaN(finished) ? new Date(finished) : new Date();
  return { record: write(root, { ...record, ...ended, ...(note && { logWithEngine: true }) }, at), note };
}

function write(root: string, record: RunRecord, at: Date): RunRecord {
  const whole = endedRecord(record, at);
  writeRunRecord(root, whole);
  if (!whole.logWithEngine) removeSecrets(record.id);
  return whole;
}

/** Of a run that was recorded to its end before. */
function logTaken(root: string, { logWithEngine, ...record }: RunRecord): RunRecord {
  writeRunRecord(root, record);
  removeSecrets(record.id);
  return record;
}

/**
 * Takes the log over from the engine. What a secret is must be known to mask it: where its source is gone, the log stays
 * with the engine. @returns why it stayed there; null: it is kept.
 */
async function keepLogOf(root: string, record: RunRecord, engine: ContainerEngine): Promise<string | null> {
  try {
    const mask = maskSecrets(await valuesToMask(record));
    const path = join(root, record.log);
    const { lines } = await missedLines(engine, record.id, path, mask);
    appendFileSync(path, lines.map((line) => `${line}\n`).join(''));
    return null;
  } catch (error) {
    const [problem] = asFailure(error).problems;
    return `its log stays with the engine (${engine.name} logs ${containerName(record.id)}): ${problem?.message}`;
  }
}
