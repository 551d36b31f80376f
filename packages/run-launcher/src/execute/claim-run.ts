import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '@slipway/contract';
import { type ContainerEngine, claim } from '@slipway/effects';
import { sharedFolder } from '../checks/output-busy.ts';
import { busyRun } from '../facts/busy.ts';
import { outputOf } from '../plan/plan-run.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { runFolder } from '../record/run-record.ts';

/** What whoever starts a run has claimed for it. */
export interface RunClaims {
  /** Lets go of the run for the one that is to follow it; the output folder stays claimed until that one has begun. */
  handOver: () => void;
  /** Lets go of everything: the run ended, or goes on without this process. */
  release: () => void;
}

/**
 * Makes sure that a plan is started once, and that one run alone writes into its output folder: the check of planning
 * cannot know of another launcher that is at the same point.
 * @throws Failure `plan-outdated` or `output-busy`.
 */
export async function claimRun(plan: RunPlan, engine: ContainerEngine, root: string): Promise<RunClaims> {
  const run = await claim(runClaim(plan));
  if (run === null) throw startedBefore(plan);
  try {
    requireUnstarted(plan, root);
  } catch (error) {
    run();
    throw error;
  }
  if (plan.forced.includes('output-busy')) return { handOver: run, release: run };
  const output = await claim(outputClaim(plan));
  const release = () => {
    run();
    output?.();
  };
  const folder = outputOf(plan);
  const busy = await busyRun(engine, folder);
  if (output !== null && busy === null) return { handOver: run, release };
  release();
  throw new Failure({
    code: 'output-busy',
    message: `${busy === null ? 'another run' : `the run ${busy.id}`} is writing into ${sharedFolder(busy?.folder ?? folder, folder)}`,
    remedy: 'name another folder with --output, or wait for that run: slipway runs lists it',
  });
}

/**
 * For whoever follows a run that another process started, or records how it ended: claims it as soon as nobody else is at
 * that. Its record must be read again then.
 * @param needless whether it is not wanted any more.
 * @returns what ends the claim; null: somebody else had it all the time, or it is needless.
 */
export async function claimRecord(
  plan: Pick<RunPlan, 'id'>,
  { patienceMs, needless = () => false }: { patienceMs: number; needless?: () => boolean },
): Promise<(() => void) | null> {
  for (const until = Date.now() + patienceMs; ; await sleep(50)) {
    const release = await claim(runClaim(plan));
    if (release !== null || Date.now() > until || needless()) return release;
  }
}

/** Claims the output folder of a run that another process started, as soon as that one has let go of it. */
export async function keepOutputClaim(plan: RunPlan): Promise<void> {
  if (plan.forced.includes('output-busy')) return;
  for (let tries = 0; tries < 300 && (await claim(outputClaim(plan))) === null; tries += 1) {
    await sleep(100, undefined, { ref: false });
  }
}

/** Had by the process that starts or follows a run or records its end, or has a shell open. */
export const runClaim = ({ id }: Pick<RunPlan, 'id'>): string => `run ${id}`;

const outputClaim = (plan: RunPlan): string => `output ${outputOf(plan)}`;

/** A saved plan is one run: a second one would write over its record, log and output. @throws Failure `plan-outdated`. */
export function requireUnstarted(plan: RunPlan, root: string): RunPlan {
  if (existsSync(join(runFolder(root, plan.id), 'record.json'))) throw startedBefore(plan);
  return plan;
}

function startedBefore(plan: RunPlan): Failure {
  return new Failure({
    code: 'plan-outdated',
    message: `the run ${plan.id} of this plan was started before`,
    remedy: `see it with slipway show ${plan.id}, and start another one with slipway rerun ${plan.id}`,
  });
}
