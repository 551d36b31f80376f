import { accessSync, constants, createWriteStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Failure, type Problem } from '@slipway/contract';
import { asFailure, type Engine, run, tryRun } from '@slipway/effects';
import type { RunPlan } from './run-plan.ts';
import { type RunRecord, runFolder, writeRunRecord } from './run-record.ts';
import { containerName, dockerArguments, pinned } from './schedulers/docker.ts';

export interface RunSurroundings {
  root: string;
  engine: Engine;
  now: () => Date;
  /** Lines for the person, apart from what the application prints. */
  say: (line: string) => void;
  /** What the application prints, as it comes. */
  print: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Raised by Ctrl-C: the application is asked to save and end. */
  interrupted: AbortSignal;
}

/**
 * Starts a planned run, follows its log, waits for its end and records it. The container is the engine's: it goes on if
 * this process dies.
 */
export async function executeRun(plan: RunPlan, around: RunSurroundings): Promise<RunRecord> {
  const { engine, root, now, interrupted } = around;
  const folder = runFolder(root, plan.id);
  if (existsSync(join(folder, 'record.json'))) throw startedBefore(plan);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
  const log = join(folder, 'log.txt');
  const started = now();
  const record: RunRecord = {
    record: 'run',
    id: plan.id,
    plan,
    startedAt: started.toISOString(),
    endedAt: null,
    durationSeconds: null,
    outcome: 'running',
    exitCode: null,
    log: relative(root, log),
  };
  const end = (rest: Partial<RunRecord>): RunRecord => {
    const ended = now();
    const durationSeconds = (ended.getTime() - started.getTime()) / 1000;
    const whole = { ...record, endedAt: ended.toISOString(), durationSeconds, ...rest };
    writeRunRecord(root, whole);
    return whole;
  };
  try {
    prepareFolders(plan);
    await pull(plan, around);
    await run(engine.docker(dockerArguments(plan), { signal: interrupted }));
    writeRunRecord(root, record);
    await run(engine.docker(['start', containerName(plan.id)], { signal: interrupted }));
    const stopped = await follow(plan, log, around);
    return end(await howItEnded(plan, engine, stopped));
  } catch (error) {
    await tryRun(engine.docker(['rm', '--force', containerName(plan.id)])).catch(() => undefined);
    return end({ outcome: interrupted.aborted ? 'stopped' : 'failed', problems: asFailure(error).problems });
  }
}

/** A saved plan is one run: a second one would write over its record, log and output. */
function startedBefore(plan: RunPlan): Failure {
  return new Failure({
    code: 'plan-outdated',
    message: `the run ${plan.id} of this plan was started before`,
    remedy: `see it with slipway show ${plan.id}, and plan a new one with slipway run --dry-run`,
  });
}

/** Makes the writable folders and proves that they can be written, before anything is pulled. */
function prepareFolders(plan: RunPlan): void {
  const problems: Problem[] = [];
  for (const { source, target, readOnly } of plan.mounts) {
    try {
      if (!readOnly) mkdirSync(source, { recursive: true });
      accessSync(source, readOnly ? constants.R_OK : constants.W_OK);
    } catch (error) {
      problems.push({
        code: 'output-unusable',
        message: `${source} cannot be used as ${target}: ${(error as Error).message}`,
        remedy: 'name a folder that you may write, with --output or --cache',
      });
    }
  }
  if (problems.length > 0) throw new Failure(problems);
}

/** Ends a run at once, for the person who does not want to wait until the application has saved. */
export async function killRun(engine: Engine, plan: RunPlan): Promise<void> {
  await tryRun(engine.docker(['kill', containerName(plan.id)], { detached: true }));
}

async function pull(plan: RunPlan, { engine, say, interrupted }: RunSurroundings): Promise<void> {
  const there = await tryRun(engine.docker(['image', 'inspect', pinned(plan)], { signal: interrupted }));
  if (there.exitCode === 0) return;
  say(`pulling ${pinned(plan)}`);
  const began = Date.now();
  await run(engine.docker(['pull', '--quiet', pinned(plan)], { signal: interrupted }), {
    code: 'image-missing',
    remedy: 'check that the image was published and that the registry can be reached',
  });
  say(`pulled in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

/** Shows and keeps the log until the container ends. @returns whether it was asked to stop. */
async function follow(plan: RunPlan, log: string, around: RunSurroundings): Promise<boolean> {
  const { engine, interrupted, say, print } = around;
  const kept = createWriteStream(log, { flags: 'a' });
  // A full disk must not take the launcher away from a run that goes on.
  kept.on('error', (error) => say(`the log is not kept any more: ${error.message}`));
  const stop = () => {
    say(`asking the application to save and end (${plan.stop.signal}); press Ctrl-C again to end it at once`);
    const { seconds } = plan.stop;
    const asked = engine.docker(['stop', `--time=${seconds}`, containerName(plan.id)], { detached: true });
    tryRun(asked).catch(() => undefined);
  };
  if (interrupted.aborted) stop();
  interrupted.addEventListener('abort', stop, { once: true });
  try {
    await tryRun(
      engine.docker(['logs', '--follow', containerName(plan.id)], {
        // A Ctrl-C on the terminal goes to the whole group: the log must be followed until the application has saved.
        detached: true,
        keep: false,
        onLine: (line, stream) => {
          kept.write(`${line}\n`);
          print(line, stream);
        },
      }),
    );
  } finally {
    interrupted.removeEventListener('abort', stop);
    await new Promise((resolve) => kept.end(resolve));
  }
  return interrupted.aborted;
}

/** Asks the engine how the container ended, and removes it once that is known. */
async function howItEnded(plan: RunPlan, engine: Engine, stopped: boolean): Promise<Partial<RunRecord>> {
  const name = containerName(plan.id);
  const waited = await tryRun(engine.docker(['wait', name], { detached: true }));
  const inspected = await tryRun(engine.docker(['inspect', '--format', '{{json .State}}', name]));
  if (waited.exitCode !== 0 || inspected.exitCode !== 0) {
    const problem: Problem = {
      code: 'engine-lost',
      message: `the engine stopped answering during the run ${plan.id}`,
      remedy: `start the engine, then see what became of it: docker inspect ${name}`,
    };
    return { outcome: 'lost', problems: [problem] };
  }
  const state = JSON.parse(inspected.stdout) as { ExitCode: number; OOMKilled: boolean };
  await tryRun(engine.docker(['rm', '--force', name]));
  const { ExitCode: exitCode } = state;
  if (state.OOMKilled && exitCode !== 0) return { outcome: 'killed by memory', exitCode };
  if (stopped) return { outcome: 'stopped', exitCode };
  return { outcome: exitCode === 0 ? 'finished' : 'failed', exitCode };
}
