import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '@slipway/contract';
import {
  asFailure,
  type ContainerEngine,
  readSecrets,
  run,
  secretsTaken,
  takeSecretsBack,
  tryRun,
} from '@slipway/effects';
import type { CheckFacts, Finding } from '../checks/check.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { recordEnd } from '../record/end-run.ts';
import { isFollowed, thisProcess } from '../record/follower.ts';
import {
  endedRecord,
  type RunRecord,
  rereadRecord,
  runFolder,
  writeRunRecord,
} from '../record/run-record.ts';
import { settleRun } from '../record/settle.ts';
import { stopWasRequested } from '../record/stop-request.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { startArguments } from '../schedulers/scheduler.ts';
import { claimRun } from './claim-run.ts';
import { followRun } from './follow-run.ts';
import { handSecrets, takeSecretsAway } from './hand-secrets.ts';
import { askState, endOf, endTime } from './how-it-ended.ts';
import { keepLog } from './keep-log.ts';
import { maskSecrets, maskWarnings } from './mask.ts';
import { watchPeaks } from './peaks.ts';
import { prepareFolders } from './prepare-folders.ts';
import { type ProgressLine, pullImage } from './pull.ts';
import { stopRun } from './stop-run.ts';
import { isTakenOver } from './take-log-over.ts';
import { type Print, waitForReaders } from './wait-for-readers.ts';

export interface RunSurroundings {
  root: string;
  engine: ContainerEngine;
  host: CheckFacts['host'];
  /** Whether the engine was found to have the image. */
  present: boolean;
  findings: readonly Finding[];
  now: () => Date;
  /** Lines for the person, apart from what the application prints. */
  say: (line: string) => void;
  /** What the application prints, as it comes, secrets masked. */
  print: Print;
  progress: ProgressLine;
  /** Raised when the application is to save and end. */
  interrupted: AbortSignal;
  /** Raised when the run is to go on without this process. */
  detached: AbortSignal;
  /** Hands the run over to a process that follows it to its end, with the values that must not be seen. */
  handOver: (record: RunRecord, secrets: Record<string, string>) => Promise<void>;
}

/**
 * Starts a planned run, follows its log, waits for its end and records it. The container is the engine's: it goes on if
 * this process dies.
 * @returns the record; its outcome is `running` when the run was detached.
 */
export async function executeRun(plan: RunPlan, around: RunSurroundings): Promise<RunRecord> {
  const { engine, root, now, interrupted, detached, say } = around;
  const claims = await claimRun(plan, engine, root);
  let record = newRecord(plan, around);
  try {
    recordBeginning(record, root);
  } catch (error) {
    // Nothing was started, so there is nothing to be recorded but that.
    claims.release();
    throw error;
  }
  const end = (rest: Partial<RunRecord>) => {
    const ended = rest.endedAt ? new Date(rest.endedAt) : now();
    return recordEnd(root, endedRecord({ ...record, ...rest }, ended), engine);
  };
  try {
    const secrets = await readSecrets(plan.secrets, process.env, { signal: interrupted });
    const doubts = maskWarnings(secrets);
    if (doubts.length > 0) {
      for (const { check, found } of doubts) say(`warning[${check}] ${found}`);
      record = { ...record, warnings: [...record.warnings, ...doubts] };
      writeRunRecord(root, record);
    }
    prepareFolders(plan);
    const pull = await pullImage(plan, engine, around);
    if (pull !== null) {
      record = { ...record, pull };
      writeRunRecord(root, record);
    }
    const outcome = detached.aborted
      ? await startDetached(plan, secrets, around)
      : await startAttached(record, secrets, around);
    if (outcome !== 'detached') return await end(outcome);
    takeSecretsBack(plan.id);
    claims.handOver();
    await around.handOver(record, secrets);
    const over = await endOfShort(record, around);
    if (over !== undefined) return over;
    await stopWanted(plan, around);
    return record;
  } catch (error) {
    const { problems } = asFailure(error);
    const stateNow = () => engine.inspect(containerName(plan.id)).catch(() => undefined);
    let state = await stateNow();
    if (state?.status === 'running') {
      await stopWanted(plan, around);
      state = await stateNow();
    }
    if (state?.status === 'running') {
      // A full disk, or no process more to be had: nothing that the training should end for.
      say(`nobody follows the run ${plan.id} any more (${problems[0]?.message}); it goes on by itself`);
      return record;
    }
    // Its container is all there is of how it ended: whoever asks for the run next records it.
    if (state?.status === 'exited') throw error;
    await engine.remove(containerName(plan.id)).catch(() => undefined);
    return await end({ outcome: interrupted.aborted ? 'stopped' : 'failed', problems });
  } finally {
    claims.release();
  }
}

/** It is on record before anything is read, fetched or started: whatever happens, there is something that knows of it. */
function recordBeginning(record: RunRecord, root: string): void {
  const folder = runFolder(root, record.id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'plan.json'), `${JSON.stringify(record.plan, null, 2)}\n`);
  writeRunRecord(root, record);
}

function newRecord(plan: RunPlan, { root, now, host, findings }: RunSurroundings): RunRecord {
  const { engine } = host;
  return {
    record: 'run',
    id: plan.id,
    plan,
    startedAt: now().toISOString(),
    endedAt: null,
    durationSeconds: null,
    outcome: 'running',
    exitCode: null,
    log: relative(root, join(runFolder(root, plan.id), 'log.txt')),
    host: {
      name: hostname(),
      gpus: host.gpus,
      engine: engine && { name: engine.name, version: engine.version },
    },
    warnings: findings.filter(({ severity }) => severity === 'warning'),
    pull: null,
    peaks: null,
    follower: thisProcess(),
  };
}

async function startDetached(
  plan: RunPlan,
  secrets: Record<string, string>,
  around: RunSurroundings,
): Promise<'detached'> {
  const { engine } = around;
  const args = startArguments(plan, { secrets: handSecrets(plan, secrets), detached: true });
  await run(engine.command(args, { detached: true }));
  await untilTaken(plan, engine);
  return 'detached';
}

/** How long whoever follows a run that has ended may take to record that, in milliseconds. */
const recordPatience = 5000;

/** The record of a run that ended while it was handed over, whoever writes it; undefined: it goes on. */
async function endOfShort(
  record: RunRecord,
  { engine, root }: RunSurroundings,
): Promise<RunRecord | undefined> {
  const state = await engine.inspect(containerName(record.id)).catch(() => null);
  if (state === null || state?.status === 'running' || state?.status === 'created') return undefined;
  for (const until = Date.now() + recordPatience; Date.now() < until; await sleep(50)) {
    const now = rereadRecord(root, record);
    if (now.outcome !== 'running') return now;
    if (!isFollowed(now) || now.follower?.pid === process.pid) break;
  }
  const left = rereadRecord(root, record);
  // Nobody has taken over, so it is settled here, and not left to this process as the one that follows it.
  if (left.follower?.pid === process.pid) writeRunRecord(root, { ...left, follower: null });
  const settled = await settleRun(root, left, () => engine);
  return settled.record.outcome === 'running' ? undefined : settled.record;
}

/** Asks a run that goes on to save and end, where that is wanted and nobody has asked it yet. */
async function stopWanted(plan: RunPlan, around: RunSurroundings): Promise<void> {
  if (!around.interrupted.aborted || stopWasRequested(around.root, plan.id)) return;
  await stopRun(plan, around).catch(() => undefined);
}

/** How long a container may be on its way to its start, in milliseconds. */
const startPatience = 10_000;

async function untilTaken(plan: RunPlan, engine: ContainerEngine): Promise<void> {
  const began = Date.now();
  while (!secretsTaken(plan.id)) {
    const status = (await engine.inspect(containerName(plan.id)))?.status;
    if (status !== 'running' && (status !== 'created' || Date.now() - began > startPatience)) return;
    await sleep(50);
  }
}

/** Starts the container and follows it in one call of the engine's program, as a person would. */
async function startAttached(
  record: RunRecord,
  secrets: Record<string, string>,
  around: RunSurroundings,
): Promise<Partial<RunRecord> | 'detached'> {
  const { plan } = record;
  const { root, engine, interrupted, detached, say } = around;
  const mask = maskSecrets(Object.values(secrets));
  const log = keepLog(join(root, record.log), 'w', say);
  const last: string[] = [];
  const peaks = watchPeaks(engine, plan);
  const readers = waitForReaders(plan, around);
  let printed = false;
  let over = false;
  const stop = async () => {
    say(`asking the application to save and end (${plan.stop.signal}); press Ctrl-C again to end it at once`);
    // The container may be on its way only, or the engine be restarted.
    while (!over && (await stopRun(plan, around).catch(() => 'silent')) !== 'asked') await sleep(200);
  };
  const onStop = () => void stop();
  if (interrupted.aborted) onStop();
  interrupted.addEventListener('abort', onStop, { once: true });
  const taken = takeSecretsAway(plan, () => over);
  try {
    const args = startArguments(plan, { secrets: handSecrets(plan, secrets), detached: false, aloof: true });
    const { exitCode } = await tryRun(
      engine.command(args, {
        // A Ctrl-C on the terminal goes to the whole group: the log must be followed until the application has saved.
        detached: true,
        keep: false,
        signal: detached,
        // It does not end by a signal that it was told to keep from the container.
        patienceMs: 200,
        returns: true,
        onLine: (line, stream, ending) => {
          const masked = mask(line);
          log.write(masked, ending);
          if (stream === 'stderr') last.push(masked);
          else printed = true;
          if (last.length > 5) last.shift();
          return readers.print(masked, stream, ending);
        },
      }),
    );
    const took = Object.keys(secrets).length > 0 && secretsTaken(plan.id);
    const begun = printed || took || peaks.seen();
    const ended = await conclude(record, { exitCode, said: last, begun }, around);
    const kept = log.end();
    if (ended !== 'running') {
      const whole = kept === null || (await isTakenOver(engine, record, { root, mask, say }));
      return { ...ended, peaks: peaks.stop(), ...(!whole && { logWithEngine: true }) };
    }
    // The engine let go of its program, and kept the container.
    const others = { ...record, peaks: peaks.stop() };
    const followed = await followRun(others, Object.values(secrets), { ...around, print: readers.print });
    return followed.outcome === 'running' ? 'detached' : followed;
  } catch (error) {
    if (!detached.aborted) throw error;
    await untilTaken(plan, engine);
    return 'detached';
  } finally {
    over = true;
    peaks.stop();
    readers.stop();
    interrupted.removeEventListener('abort', onStop);
    log.end();
    await taken;
  }
}

/**
 * Asks the engine how the container ended.
 * @param how `exitCode` and `said`: of the engine's program, whose code may be any, as the application's may; `begun`:
 *   whether anything was seen of the container.
 */
async function conclude(
  record: RunRecord,
  { exitCode, said, begun }: { exitCode: number; said: readonly string[]; begun: boolean },
  { engine, root, detached }: RunSurroundings,
): Promise<Partial<RunRecord> | 'running'> {
  const { id, plan } = record;
  const asked = await askState(engine, id, detached).catch(() => undefined);
  if (asked === undefined && detached.aborted) return 'running';
  // One that had begun was removed by somebody meanwhile.
  if (asked !== undefined && asked.state === undefined && !begun) {
    const silent = said.length === 0;
    throw new Failure({
      code: 'command-failed',
      message: `${plan.scheduler} run ended with exit code ${exitCode}${silent ? ' and made no container' : `:\n  | ${said.join('\n  | ')}`}`,
      remedy: silent ? `see whether ${plan.scheduler} info answers` : 'read the lines above',
    });
  }
  const ended = endOf(asked, { id, plan }, { stopped: stopWasRequested(root, id), said });
  return ended === 'running' ? ended : { ...ended, endedAt: endTime(record, asked?.state).toISOString() };
}
