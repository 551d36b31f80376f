import { join } from 'node:path';
import type { Problem } from '@slipway/contract';
import { asFailure, type ContainerEngine } from '@slipway/effects';
import { claimRecord } from '../execute/claim-run.ts';
import { endOf, endTime, logEndsThere } from '../execute/how-it-ended.ts';
import { maskSecrets } from '../execute/mask.ts';
import { takeLogOver } from '../execute/take-log-over.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { recordEnd } from './end-run.ts';
import { isFollowed } from './follower.ts';
import { endedRecord, isElsewhere, type RunRecord, rereadRecord } from './run-record.ts';
import { stopWasRequested } from './stop-request.ts';
import { valuesToMask } from './values-to-mask.ts';

/** A run as it stands now. */
export interface SettledRun {
  record: RunRecord;
  /** What the record itself does not say. */
  note: string | null;
  /** Why the record that lies on the disk is not this one; what is known is in the container, too. */
  unrecorded?: Problem;
}

/** How long somebody else who records the end of a run is waited for, in milliseconds. */
const patienceMs = 10_000;

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
  if (!isOpen(record)) return { record, note: null };
  if (isElsewhere(record)) return { record, note: `started on ${record.host.name}: call slipway there` };
  const now = () => rereadRecord(root, record);
  const needless = () => !isOpen(now()) || isFollowed(now());
  if (needless()) return { record: now(), note: null };
  const release = await claimRecord(record.plan, { patienceMs, needless });
  try {
    if (needless()) return { record: now(), note: null };
    if (release === null) return { record, note: 'another slipway is at work on its record' };
    return await settleOpen(root, now(), engineOf(record.plan.scheduler));
  } finally {
    release?.();
  }
}

/** Whether there may be more to be known of a run than its record says. */
const isOpen = (record: RunRecord): boolean => !hasEnd(record) || Boolean(record.logWithEngine);

/** Of one that is lost, its engine may know later. */
export const hasEnd = ({ outcome, exitCode }: RunRecord): boolean =>
  outcome !== 'running' && (outcome !== 'lost' || exitCode !== null);

async function settleOpen(root: string, record: RunRecord, engine: ContainerEngine): Promise<SettledRun> {
  const name = containerName(record.id);
  const state = await engine.inspect(name).catch(() => 'silent' as const);
  if (state === 'silent') return { record, note: 'the engine does not answer' };
  const { logWithEngine, ...others } = record;
  if (state === undefined && record.outcome !== 'running') {
    return logWithEngine
      ? await settled(root, others, engine, `its container was removed, ${logEndsThere}`)
      : { record, note: null };
  }
  // What an engine that was killed finds dead afterwards, it gives exit code 255: it did not see it end.
  const unseen = state?.status === 'exited' && state.exitCode === 255 && !(await sawEnd(engine, name));
  const lost = record.outcome === 'lost' || unseen;
  const ended = endOf({ state, lost }, record, { stopped: stopWasRequested(root, record.id) });
  if (ended === 'running') {
    const note = 'goes on by itself; slipway logs --follow shows it';
    return { record: { ...record, outcome: 'running' }, note };
  }
  const note = state?.status === 'exited' ? await keepLogOf(root, record, engine) : null;
  const known = hasEnd(record);
  if (known && note !== null) return { record, note };
  // What it ended with replaces what was said of it while it was lost.
  const whole = known
    ? others
    : endedRecord({ ...others, problems: undefined, ...ended }, endTime(record, state));
  return await settled(root, { ...whole, ...(note && { logWithEngine: true }) }, engine, note);
}

/** Records the end; where that cannot be done, it is known all the same. */
async function settled(
  root: string,
  record: RunRecord,
  engine: ContainerEngine,
  note: string | null,
): Promise<SettledRun> {
  try {
    return { record: await recordEnd(root, record, engine), note };
  } catch (error) {
    const [unrecorded] = asFailure(error).problems.slice(-1);
    // Whoever cleans up must leave the container.
    return { record: { ...record, logWithEngine: true }, note: note ?? 'not recorded yet', unrecorded };
  }
}

const sawEnd = (engine: ContainerEngine, container: string): Promise<boolean> =>
  engine.sawEnd(container).catch(() => false);

/**
 * Takes the log over from the engine. What a secret is must be known to mask it: where its source is gone, the log stays
 * with the engine. @returns why it stayed there; null: it is kept.
 */
async function keepLogOf(root: string, record: RunRecord, engine: ContainerEngine): Promise<string | null> {
  try {
    const mask = maskSecrets(await valuesToMask(record));
    await takeLogOver(engine, record.id, join(root, record.log), mask);
    return null;
  } catch (error) {
    const [problem] = asFailure(error).problems;
    return `its log stays with the engine (${engine.name} logs ${containerName(record.id)}): ${problem?.message}`;
  }
}
