import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '@slipway/contract';
import {
  asFailure,
  type ContainerEngine,
  readSecrets,
  removeSecrets,
  run,
  secretsTaken,
  takeSecretsBack,
  tryRun,
} from '@slipway/effects';
import type { CheckFacts, Finding } from '../checks/check.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { thisProcess } from '../record/follower.ts';
import { endedRecord, type RunRecord, runFolder, writeRunRecord } from '../record/run-record.ts';
import { requestStop, stopWasRequested } from '../record/stop-request.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { startArguments } from '../schedulers/scheduler.ts';
import { claimRun } from './claim-run.ts';
import { followRun } from './follow-run.ts';
import { handSecrets, takeSecretsAway } from './hand-secrets.ts';
import { askState, endOf } from './how-it-ended.ts';
import { keepLog } from './keep-log.ts';
import { maskSecrets } from './mask.ts';
import { watchPeaks } from './peaks.ts';
import { prepareFolders } from './prepare-folders.ts';
import { type ProgressLine, pullImage } from './pull.ts';

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
  print: (line: string, stream: 'stdout' | 'stderr', end: '\n' | '\r') => void;
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
  const release = await claimRun(plan, engine, root);
  let record = newRecord(plan, around);
  const end = (rest: Partial<RunRecord>): RunRecord => {
    record = endedRecord({ ...record, ...rest }, now());
    writeRunRecord(root, record);
    removeSecrets(plan.id);
    return record;
  };
  try {
    const folder = runFolder(root, plan.id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
    const secrets = await readSecrets(plan.secrets, process.env);
    prepareFolders(plan);
    // It is on record before anything is fetched or started: whatever happens then, there is something that knows of it.
    writeRunRecord(root, record);
    const pull = await pullImage(plan, engine, around);
    if (pull !== null) {
      record = { ...record, pull };
      writeRunRecord(root, record);
    }
    const outcome = detached.aborted
      ? await startDetached(plan, secrets, around)
      : await startAttached(record, secrets, around);
    if (outcome !== 'detached') return end(outcome);
    takeSecretsBack(plan.id);
    await around.handOver(record, secrets);
    return record;
  } catch (error) {
    const { problems } = asFailure(error);
    const state = await engine.inspect(containerName(plan.id)).catch(() => undefined);
    if (state?.status === 'running' && !interrupted.aborted) {
      // A full disk, or no process more to be had: nothing that the training should end for.
      say(`nobody follows the run ${plan.id} any more (${problems[0]?.message}); it goes on by itself`);
      return record;
    }
    await engine.remove(containerName(plan.id)).catch(() => undefined);
    return end({ outcome: interrupted.aborted ? 'stopped' : 'failed', problems });
  } finally {
    release();
  }
}

/**
 * Ends a run at once, for the person who does not want to wait until the application has saved.
 * @returns false: it has no container, or none that runs.
 */
export async function killRun(engine: ContainerEngine, plan: RunPlan): Promise<boolean> {
  return (await tryRun(engine.command(['kill', containerName(plan.id)], { detached: true }))).exitCode === 0;
}

/**
 * Asks a run to save and end; whoever follows it records how it ended.
 * @returns false: it has no container, or one that is still to be started, which engines call stopped.
 */
export async function stopRun(engine: ContainerEngine, plan: RunPlan): Promise<boolean> {
  const name = containerName(plan.id);
  const args = ['stop', `--time=${plan.stop.seconds}`, name];
  const { exitCode } = await tryRun(engine.command(args, { detached: true }));
  return exitCode === 0 && (await engine.inspect(name).catch(() => undefined))?.status !== 'created';
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
  { root, engine, interrupted, now }: RunSurroundings,
): Promise<'detached'> {
  const args = startArguments(plan, { secrets: handSecrets(plan, secrets), detached: true });
  await run(engine.command(args, { detached: true }));
  await untilTaken(plan, engine);
  if (interrupted.aborted) {
    requestStop(root, plan.id, now());
    await stopRun(engine, plan);
  }
  return 'detached';
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
  const { root, engine, interrupted, detached, print, say, now } = around;
  const mask = maskSecrets(Object.values(secrets));
  const log = keepLog(join(root, record.log), 'w', say);
  const last: string[] = [];
  const peaks = watchPeaks(engine, plan);
  let over = false;
  const stop = async () => {
    say(`asking the application to save and end (${plan.stop.signal}); press Ctrl-C again to end it at once`);
    requestStop(root, plan.id, now());
    // The container may be on its way only.
    while (!over && !(await stopRun(engine, plan))) await sleep(200);
  };
  const onStop = () => void stop().catch(() => undefined);
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
          print(masked, stream, ending);
          if (stream === 'stderr') last.push(masked);
          if (last.length > 5) last.shift();
        },
      }),
    );
    over = true;
    const ended = await conclude(record, exitCode, last, around);
    if (ended !== 'running') return { ...ended, peaks: peaks.stop() };
    // The engine let go of its program, and kept the container.
    await log.end();
    const others = { ...record, peaks: peaks.stop() };
    return await followRun(others, Object.values(secrets), around);
  } catch (error) {
    if (!detached.aborted) throw error;
    await untilTaken(plan, engine);
    return 'detached';
  } finally {
    over = true;
    peaks.stop();
    interrupted.removeEventListener('abort', onStop);
    await Promise.all([log.end(), taken]);
  }
}

/** Asks the engine how the container ended, and removes it once that is known. */
async function conclude(
  { id, plan }: RunRecord,
  exitCode: number,
  last: readonly string[],
  { engine, root }: RunSurroundings,
): Promise<Partial<RunRecord> | 'running'> {
  const asked = await askState(engine, id).catch(() => undefined);
  if (asked !== undefined && asked.state === undefined && !asked.lost) {
    throw new Failure({
      code: 'command-failed',
      message: `${plan.scheduler} run ended with exit code ${exitCode}:\n  | ${last.join('\n  | ')}`,
      remedy: 'read the lines above',
    });
  }
  const ended = endOf(asked, { id, plan }, { stopped: stopWasRequested(root, id), said: exitCode });
  if (ended !== 'running' && asked?.state) await engine.remove(containerName(id)).catch(() => undefined);
  return ended;
}
