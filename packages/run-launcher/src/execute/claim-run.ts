import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '@slipway/contract';
import { type ContainerEngine, claim } from '@slipway/effects';
import { busyRun } from '../facts/busy.ts';
import { outputOf } from '../plan/plan-run.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { runFolder } from '../record/run-record.ts';

/**
 * Makes sure that a plan is started once, and that one run alone writes into its output folder: the check of planning
 * cannot know of another launcher that is at the same point.
 * @returns what ends the claim, to be called when the run ended or goes on without this process.
 * @throws Failure `plan-outdated` or `output-busy`.
 */
export async function claimRun(plan: RunPlan, engine: ContainerEngine, root: string): Promise<() => void> {
  const run = await claim(runClaim(plan));
  if (run === null) throw startedBefore(plan);
  try {
    requireUnstarted(plan, root);
  } catch (error) {
    run();
    throw error;
  }
  if (plan.forced.includes('output-busy')) return run;
  const output = await claim(outputClaim(plan));
  const release = () => {
    run();
    output?.();
  };
  const busy = await busyRun(engine, outputOf(plan));
  if (output !== null && busy === null) return release;
  release();
  throw new Failure({
    code: 'output-busy',
    message: `${busy === null ? 'another run' : `the run ${busy}`} is writing into the same output folder, ${outputOf(plan)}`,
    remedy: 'name another folder with --output, or wait for that run: slipway runs lists it',
  });
}

/** For whoever follows a run that another process started: claims the same, as soon as that one has let go of it. */
export async function keepClaims(plan: RunPlan): Promise<void> {
  const claims = [runClaim(plan), ...(plan.forced.includes('output-busy') ? [] : [outputClaim(plan)])];
  for (const what of claims) {
    for (let tries = 0; tries < 300 && (await claim(what)) === null; tries += 1) {
      await sleep(100, undefined, { ref: false });
    }
  }
}

const runClaim = ({ id }: RunPlan): string => `run ${id}`;

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
