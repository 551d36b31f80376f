import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '@slipway/contract';
import type { ContainerEngine, ContainerState } from '@slipway/effects';
import type { Outcome, RunRecord } from '../record/run-record.ts';
import { containerName } from '../schedulers/container-arguments.ts';

/** How long an engine that does not answer is waited for: a restart takes some seconds. */
const patienceMs = 30_000;

/**
 * The state of a run's container; undefined when there is none; waits for an engine that is being restarted.
 * @param signal raised when nobody wants to know any more.
 */
export async function askState(
  engine: ContainerEngine,
  id: string,
  signal?: AbortSignal,
): Promise<{ state: ContainerState | undefined; lost: boolean }> {
  const until = Date.now() + patienceMs;
  for (let lost = false; ; lost = true) {
    try {
      return { state: await engine.inspect(containerName(id)), lost };
    } catch (error) {
      if (Date.now() > until || signal?.aborted) throw error;
      await sleep(500);
    }
  }
}

/**
 * When a container ended, as far as its engine says: whoever followed it may have been kept by one who reads its log slowly.
 * An engine elsewhere may go by another clock.
 */
export function endTime(
  { startedAt }: Pick<RunRecord, 'startedAt'>,
  state: ContainerState | undefined,
): Date {
  const now = Date.now();
  const finished = Date.parse(state?.finishedAt ?? '');
  const possible = finished >= Date.parse(startedAt) && finished <= now;
  return new Date(state?.status === 'exited' && possible ? finished : now);
}

/** Exit reason of a container that does not run any more. */
function outcomeOf(
  state: ContainerState,
  { stopped, lost }: { stopped: boolean; lost: boolean },
): Pick<RunRecord, 'outcome' | 'exitCode'> {
  const { exitCode } = state;
  const outcome = (): Outcome => {
    if (state.killedByMemory && exitCode !== 0) return 'killed by memory';
    // An engine that goes down takes its containers with it; what one of them was about is not known.
    if (lost && exitCode !== 0) return 'lost';
    if (stopped) return 'stopped';
    return exitCode === 0 ? 'finished' : 'failed';
  };
  return { outcome: outcome(), exitCode };
}

/**
 * How a run stands by what the engine says of its container, for whoever asked.
 * @param asked undefined: the engine does not answer any more.
 * @param how `said`: the last lines of the engine's program, which says why it started nothing.
 * @returns `running`, or what the end adds to its record.
 */
export function endOf(
  asked: { state: ContainerState | undefined; lost: boolean } | undefined,
  { id, plan }: Pick<RunRecord, 'id' | 'plan'>,
  { stopped, said }: { stopped: boolean; said?: readonly string[] },
): 'running' | Pick<RunRecord, 'outcome' | 'exitCode' | 'problems'> {
  if (asked?.state === undefined) {
    const problem = asked === undefined ? engineLost(id, plan.scheduler) : removed(id);
    return { outcome: 'lost', exitCode: null, problems: [problem] };
  }
  const { state, lost } = asked;
  if (state.status === 'running') return 'running';
  if (state.status === 'exited') return outcomeOf(state, { stopped, lost });
  // Whatever the engine's program ended with is not of the application, which never ran.
  const why = state.error || (said?.at(-1) ?? '');
  if (why) return { outcome: 'failed', exitCode: null, problems: [refused(id, plan.scheduler, why)] };
  if (stopped) return { outcome: 'stopped', exitCode: null };
  return { outcome: 'failed', exitCode: null, problems: [neverStarted(id, plan.scheduler)] };
}

function refused(id: string, scheduler: string, why: string): Problem {
  return {
    code: 'command-failed',
    message: `${scheduler} could not start the container of the run ${id}: ${why.replace(/^Error: /, '')}`,
    remedy: 'mend what it says, then start the run again',
  };
}

function neverStarted(id: string, scheduler: string): Problem {
  return {
    code: 'command-failed',
    message: `the container of the run ${id} was made and never started`,
    remedy: `start it once more with slipway rerun ${id}, and see what ${scheduler} says`,
  };
}

/** What is recorded when nobody can say how a run ended. */
function engineLost(id: string, scheduler: string): Problem {
  return {
    code: 'engine-lost',
    message: `the engine stopped answering, so how the run ${id} went on is not known`,
    remedy: `start the engine, then see what became of it: slipway show ${id}, or ${scheduler} inspect ${containerName(id)}`,
  };
}

/** What is said of a log, too, where its container was removed: as the end of a sentence. */
export const logEndsThere = 'and its log ends there';

/** Somebody did that by hand: whoever follows a run removes its container when its end is recorded. */
function removed(id: string): Problem {
  return {
    code: 'engine-lost',
    message: `the container of the run ${id} was removed, so how it went on is not known, ${logEndsThere}`,
    remedy: `see what it had printed with slipway logs ${id}, and start it once more with slipway rerun ${id}`,
  };
}
