import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '@slipway/contract';
import type { ContainerEngine, ContainerState } from '@slipway/effects';
import type { Outcome, RunRecord } from '../record/run-record.ts';
import { containerName } from '../schedulers/container-arguments.ts';

/** How long an engine that does not answer is waited for: a restart takes some seconds. */
const patienceMs = 30_000;

/** The state of a run's container; undefined when there is none; waits for an engine that is being restarted. */
export async function askState(
  engine: ContainerEngine,
  id: string,
  patience = patienceMs,
): Promise<{ state: ContainerState | undefined; lost: boolean }> {
  const until = Date.now() + patience;
  for (let lost = false; ; lost = true) {
    try {
      return { state: await engine.inspect(containerName(id)), lost };
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(500);
    }
  }
}

/** Exit reason of a container that does not run any more. */
export function outcomeOf(
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

/** What is recorded when nobody can say how a run ended. */
export function lostProblem(id: string, scheduler: string, why: string): Problem {
  return {
    code: 'engine-lost',
    message: `${why}, so how the run ${id} went on is not known`,
    remedy: `start the engine, then see what became of it: slipway show ${id}, or ${scheduler} inspect ${containerName(id)}`,
  };
}
