import { Failure, formatProblem } from '@slipway/contract';
import { type RunFlags, refuseHostFacts } from '../definition/flags.ts';
import { executeRun } from '../execute/execute-run.ts';
import { stopRun } from '../execute/stop-run.ts';
import type { RunRecord } from '../record/run-record.ts';
import { shellText } from '../schedulers/shell-text.ts';
import { handOver } from './follow.ts';
import { write } from './hold-back.ts';
import { onSignals } from './on-signals.ts';
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
  const now = () => new Date();
  const kill = () => void stopRun(plan, { root, engine, now }, { atOnce: true }).catch(() => undefined);
  const dispose = onSignals({ stop, leave, kill });
  say(`run ${plan.id} of ${plan.image.reference}`);
  const record = await executeRun(plan, {
    root,
    engine,
    host: facts.host,
    present: facts.imagePresent,
    findings,
    now,
    say,
    print: (line, stream, end) => write(stream, `${line}${end}`),
    progress: openProgress(),
    interrupted: stop.signal,
    detached: leave.signal,
    handOver: (running, secrets) => handOver(root, running, secrets),
  }).finally(dispose);
  if (record.outcome !== 'running') return conclude(record);
  say(
    `run ${record.id} goes on; slipway logs --follow ${record.id} shows it, slipway stop ${record.id} ends it`,
  );
  if (detach) console.log(record.id);
  return 0;
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
