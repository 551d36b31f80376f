import { Failure, formatProblem } from '@slipway/contract';
import { type RunFlags, refuseHostFacts } from '../definition/flags.ts';
import { executeRun } from '../execute/execute-run.ts';
import { stopRun } from '../execute/stop-run.ts';
import { describeEnd } from '../record/describe-end.ts';
import type { RunRecord } from '../record/run-record.ts';
import { endAsRun } from '../watch-output.ts';
import { handOver } from './follow.ts';
import { tellLeftOut, write } from './hold-back.ts';
import { onSignals } from './on-signals.ts';
import { planCommand } from './plan.ts';
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
  requireWhole({ dryRun, detach, shell });
  if (dryRun) {
    await planCommand(command, { ...flags, shell });
    return 0;
  }
  return await withPlan(flags, command, async (planned) => {
    tellWarnings(planned.findings);
    return await startPlanned(planned, detach);
  });
}

/** @throws Failure `usage` for options that would be passed over, since the run is started, or is not. */
function requireWhole(options: { dryRun?: boolean; detach: boolean; shell?: boolean }): void {
  if (options.shell && !options.dryRun) {
    throw new Failure({
      code: 'usage',
      message: '--shell prints commands to be pasted, and this would start the run',
      remedy: 'slipway plan --shell, or slipway run --dry-run --shell',
    });
  }
  requireStarted(options);
}

/** @throws Failure `usage` for a run that is to go on by itself and is not even started. */
export function requireStarted({ dryRun, detach }: { dryRun?: boolean; detach?: boolean }): void {
  if (!dryRun || !detach) return;
  throw new Failure({
    code: 'usage',
    message: '--dry-run starts nothing, so --detach would be passed over',
    remedy: 'leave out one of the two',
  });
}

/** Starts a plan that passed its checks, and returns with the exit code of the application. */
export async function startPlanned(planned: Planned, detach: boolean): Promise<number> {
  const { root, engine, plan, facts, findings } = planned;
  const stop = new AbortController();
  const leave = new AbortController();
  // Of a run that is left, its id is all that is printed.
  if (detach) leave.abort();
  else endAsRun();
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
    print: (line, stream, end, hurry) => write(stream, `${line}${end}`, hurry),
    progress: openProgress(),
    interrupted: stop.signal,
    detached: leave.signal,
    handOver: (running, secrets) => handOver(root, running, secrets),
  })
    .finally(dispose)
    .finally(tellLeftOut);
  if (detach && wasStarted(record)) console.log(record.id);
  if (record.outcome !== 'running') return conclude(record);
  say(
    `run ${record.id} goes on; slipway logs --follow ${record.id} shows it, slipway stop ${record.id} ends it`,
  );
  return 0;
}

/** Whether the container of a run was started, though it may be over already, or be lost. */
export const wasStarted = ({ outcome, exitCode }: Pick<RunRecord, 'outcome' | 'exitCode'>): boolean =>
  ['running', 'lost'].includes(outcome) || exitCode !== null;

/** Says how a run ended. @returns the exit code that `slipway` ends with. @throws Failure with the record's problems. */
export function conclude(record: RunRecord): number {
  const seconds = record.durationSeconds?.toFixed(1);
  say(`run ${record.id} ${describeEnd(record)}, after ${seconds} s`);
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
