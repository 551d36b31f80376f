import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure, type MachineSettings, type Problem, parseReference } from '@slipway/contract';
import {
  asFailure,
  type ContainerEngine,
  openContainerEngine,
  openRegistry,
  withMachine,
} from '@slipway/effects';
import { refusals } from '../checks/check.ts';
import { checks, lookAtAll } from '../checks/checks.ts';
import { realPath } from '../facts/path-facts.ts';
import { openProbes } from '../facts/probes.ts';
import { findWorkspace } from '../facts/workspace.ts';
import { planAgain, withAccessOf } from '../plan/again.ts';
import { parseRunPlan, type RunPlan } from '../plan/run-plan.ts';
import { newRunId } from '../record/run-id.ts';
import { readRunRecord, runFolder } from '../record/run-record.ts';
import { pinned } from '../schedulers/container-arguments.ts';
import { requireStarted, startPlanned } from './run.ts';
import { say, tellWarnings } from './say.ts';
import { alsoForced, besides, reopen } from './with-plan.ts';

export interface RerunOptions {
  output?: string;
  force?: string[];
  detach?: boolean;
  dryRun?: boolean;
}

/** `slipway rerun <id>`: the same run once more, or everything that keeps it from being the same. */
export async function rerunCommand(
  id: string,
  { output, force, detach = false, dryRun = false }: RerunOptions,
): Promise<number> {
  requireStarted({ dryRun, detach });
  const folder = process.cwd();
  const root = findWorkspace(folder);
  return await withMachine(root, say, async (machine) => {
    const { plan: recorded, id: whole } = readRunRecord(root, id);
    // A plan of another version may mean something else.
    const before = parseRunPlan(JSON.stringify(recorded), `the record of ${whole}`);
    const newId = newRunId(new Date(), (taken) => existsSync(runFolder(root, taken)));
    const again = planAgain(before, {
      id: newId,
      runFolder: runFolder(root, newId),
      output: output === undefined ? null : realPath(resolve(folder, output)),
    });
    // What was overruled was so for that time: an output folder that has results now would be gone on with.
    const wanted = alsoForced({ ...again, forced: [] }, force);
    const engine = openContainerEngine(wanted.scheduler, machine);
    const goneImage = await whetherImageIsGone(wanted, engine, machine);
    const around = { root, folder, machine, probes: openProbes() };
    const { facts, gone } = await reopen(wanted, around, { gone: 'rerun-impossible', dry: dryRun });
    const plan = withAccessOf(wanted, facts.host);
    const findings = lookAtAll(plan, facts);
    const problems = [...goneImage, ...gone, ...refusals(findings, checks).map(inNewRun)];
    if (problems.length > 0) throw new Failure(problems);
    tellWarnings(findings);
    if (dryRun) {
      console.log(JSON.stringify(plan, null, 2));
      return 0;
    }
    return await startPlanned({ root, machine, engine, plan, facts, findings }, detach);
  });
}

/** A remedy that names an option of a run cannot be followed where a recorded one is started again. */
export const inNewRun = (problem: Problem): Problem =>
  besides(
    problem,
    ['--output', '--force'],
    'rerun takes no option of a run but --output and --force: start a new run',
  );

/** That the image of the run can no longer be had. */
async function whetherImageIsGone(
  plan: RunPlan,
  engine: ContainerEngine,
  machine: MachineSettings,
): Promise<Problem[]> {
  if (await engine.has(pinned(plan))) return [];
  const gone: Problem = {
    code: 'rerun-impossible',
    message: `the image ${pinned(plan)} is neither in the engine's store nor in its registry`,
    remedy: 'build the version of that time again, or start a new run with another one',
  };
  if (plan.image.from === 'engine') return [gone];
  const registry = openRegistry({ dockerConfig: machine.engine?.config });
  try {
    const found = await registry.digest({
      ...parseReference(plan.image.reference),
      tag: null,
      digest: plan.image.digest,
    });
    return found === undefined ? [gone] : [];
  } catch (error) {
    return [...asFailure(error).problems];
  }
}
