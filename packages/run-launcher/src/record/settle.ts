import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asFailure, type ContainerEngine, removeSecrets, run } from '@slipway/effects';
import { lostProblem, outcomeOf } from '../execute/how-it-ended.ts';
import { maskSecrets } from '../execute/mask.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { isFollowed } from './follower.ts';
import { endedRecord, type RunRecord, writeRunRecord } from './run-record.ts';
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
  const { id, plan } = record;
  const engine = engineOf(plan.scheduler);
  const asked = await engine.inspect(containerName(id)).catch(() => 'silent' as const);
  if (asked === 'silent') return { record, note: 'the engine does not answer' };
  if (asked?.status === 'running') {
    return {
      record: { ...record, outcome: 'running' },
      note: 'goes on by itself; slipway logs --follow shows it',
    };
  }
  if (asked === undefined) {
    if (record.logWithEngine) return { record: logTaken(root, record), note: 'its log is gone' };
    if (record.outcome === 'lost') return { record, note: null };
    const problem = lostProblem(id, plan.scheduler, 'its launcher and its container are gone');
    return { record: write(root, { ...record, outcome: 'lost', problems: [problem] }), note: null };
  }
  if (asked.status === 'created') {
    await engine.remove(containerName(id)).catch(() => undefined);
    const problem = lostProblem(
      id,
      plan.scheduler,
      'its launcher went away before the container was started',
    );
    return { record: write(root, { ...record, outcome: 'failed', problems: [problem] }), note: null };
  }
  const note = await keepLogOf(root, record, engine);
  if (note === null) await engine.remove(containerName(id)).catch(() => undefined);
  if (record.logWithEngine) return { record: note === null ? logTaken(root, record) : record, note };
  // What an engine that was killed finds dead afterwards, it gives this exit code.
  const lost = record.outcome === 'lost' || asked.exitCode === 255;
  const ended = {
    ...record,
    ...outcomeOf(asked, { stopped: stopWasRequested(root, id), lost }),
    ...(note !== null && { logWithEngine: true }),
  };
  const finished = Date.parse(asked.finishedAt);
  return { record: write(root, ended, Number.isNaN(finished) ? new Date() : new Date(finished)), note };
}

function write(root: string, record: RunRecord, at = new Date()): RunRecord {
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
    const lines: string[] = [];
    const onLine = (line: string) => void lines.push(mask(line));
    await run(engine.command(['logs', containerName(record.id)], { keep: false, onLine }));
    writeFileSync(join(root, record.log), lines.map((line) => `${line}\n`).join(''));
    return null;
  } catch (error) {
    const [problem] = asFailure(error).problems;
    return `its log stays with the engine (${engine.name} logs ${containerName(record.id)}): ${problem?.message}`;
  }
}
