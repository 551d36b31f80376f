import { Failure, formatProblem } from '@slipway/contract';
import { type RunFlags, refuseHostFacts } from '../definition/flags.ts';
import { executeRun, killRun } from '../execute/execute-run.ts';
import type { RunRecord } from '../record/run-record.ts';
import { shellText } from '../schedulers/shell-text.ts';
import { askHowToEnd } from './ask.ts';
import { handOver } from './follow.ts';
import { openProgress, say, tellWarnings } from './say.ts';
import { type Planned, withPlan } from './with-plan.ts';

/**
 * `slipway run`: plans, checks, starts, follows and records a run.
 * @returns the exit code of the application; 0 for a run that was detached.
 */
export async function runCommand(
  command: readonly string[],
  {
    dryRun,
    detach = false,
    shell,
    ...flags
  }: RunFlags & { dryRun?: boolean; detach?: boolean; shell?: boolean; plan?: string },
): Promise<number> {
  if (!dryRun) refuseHostFacts(flags);
  return await withPlan(flags, command, async (planned) => {
    tellWarnings(planned.findings);
    if (!dryRun) return await startPlanned(planned, detach);
    const { plan, engine } = planned;
    process.stdout.write(shell ? shellText(plan, engine.typed) : `${JSON.stringify(plan, null, 2)}\n`);
    return 0;
  });
}

/** Starts a plan that passed its checks, and returns with the exit code of the application. */
export async function startPlanned(planned: Planned, detach: boolean): Promise<number> {
  const { root, engine, plan, facts, findings } = planned;
  const stop = new AbortController();
  const leave = new AbortController();
  if (detach) leave.abort();
  const dispose = onSignals({ stop, leave, kill: () => void killRun(engine, plan).catch(() => undefined) });
  const stopping = stop.signal;
  try {
    say(`run ${plan.id} of ${plan.image.reference}`);
    const record = await executeRun(plan, {
      root,
      engine,
      host: facts.host,
      present: facts.imagePresent,
      findings,
      now: () => new Date(),
      say,
      print: (line, stream, end) => void process[stream].write(`${line}${end}`),
      progress: openProgress(),
      interrupted: stopping,
      detached: leave.signal,
      handOver: (running, secrets) => handOver(root, running, secrets),
    });
    if (record.outcome !== 'running') return conclude(record);
    say(
      `run ${record.id} goes on; slipway logs --follow ${record.id} shows it, slipway stop ${record.id} ends it`,
    );
    if (detach) console.log(record.id);
    return 0;
  } finally {
    dispose();
  }
}

/**
 * What signals do. On a terminal, the first Ctrl-C asks what is meant, and a terminal that is closed detaches; elsewhere, and at the second one, the application
 * is asked to save and end; one more ends it at once. Another signal than before is a program that hands on what the
 * terminal has sent to both.
 */
function onSignals({
  stop,
  leave,
  kill,
}: {
  stop: AbortController;
  leave: AbortController;
  kill: () => void;
}): () => void {
  const seen = new Set<string>();
  const onTerminal = process.stdin.isTTY && process.stderr.isTTY;
  let asking: AbortController | undefined;
  const interrupt = (name: string) => {
    // The terminal is gone, not the wish to train.
    if (name === 'SIGHUP' && onTerminal) {
      leave.abort();
      return;
    }
    if (name === 'SIGINT' && !seen.has(name) && onTerminal) {
      seen.add(name);
      asking = new AbortController();
      void askHowToEnd(asking.signal).then((answer) => {
        asking = undefined;
        if (answer === 'stop') stop.abort();
        if (answer === 'detach') {
          say('detaching, as soon as the run is under way');
          leave.abort();
        }
        if (answer === 'go on') seen.delete(name);
      });
      return;
    }
    if (asking !== undefined) {
      // Whoever presses it again while being asked means to stop.
      asking.abort();
      asking = undefined;
      stop.abort();
      return;
    }
    if (stop.signal.aborted && seen.has(name)) kill();
    seen.add(name);
    stop.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, interrupt);
  return () => {
    for (const name of signals) process.off(name, interrupt);
  };
}

/** Says how a run ended. @returns the exit code that `slipway` ends with. @throws Failure with the record's problems. */
export function conclude(record: RunRecord): number {
  const seconds = record.durationSeconds?.toFixed(1);
  say(`run ${record.id} ${record.outcome}, exit code ${record.exitCode ?? 'unknown'}, after ${seconds} s`);
  if (record.problems) throw new Failure(record.problems);
  if (record.outcome === 'failed' || record.outcome === 'killed by memory') {
    console.error(
      formatProblem({
        code: 'run-failed',
        message: `the application ended with exit code ${record.exitCode}${record.outcome === 'failed' ? '' : ': killed for want of memory'}`,
        remedy: `read its log in ${record.log}`,
      }),
    );
  }
  return record.exitCode ?? 1;
}
