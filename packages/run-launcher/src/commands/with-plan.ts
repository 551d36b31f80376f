import { readFileSync } from 'node:fs';
import { Failure, type MachineSettings, type Problem } from '@slipway/contract';
import { type ContainerEngine, openContainerEngine, openRegistry, withMachine } from '@slipway/effects';
import { Command } from 'commander';
import type { CheckFacts, Finding } from '../checks/check.ts';
import { refusals } from '../checks/check.ts';
import { checks, lookAtAll, unforcible } from '../checks/checks.ts';
import { addRunOptions, type RunFlags } from '../definition/flags.ts';
import { requireUnstarted } from '../execute/claim-run.ts';
import { checkFacts } from '../facts/check-facts.ts';
import { makePlan, type PlanSurroundings } from '../facts/gather.ts';
import { goneCommits } from '../facts/gone-commits.ts';
import { hostOf } from '../facts/host-of.ts';
import { openProbes } from '../facts/probes.ts';
import { readYanks } from '../facts/published.ts';
import { findWorkspace } from '../facts/workspace.ts';
import { parseRunPlan, type RunPlan } from '../plan/run-plan.ts';
import { say } from './say.ts';

/** A plan that passed its checks, with what was found out on the way. */
export interface Planned {
  root: string;
  machine: MachineSettings;
  engine: ContainerEngine;
  plan: RunPlan;
  facts: CheckFacts;
  findings: Finding[];
}

/**
 * Makes a plan, or reads a saved one, checks it against the host, and does something with it.
 * @param options `dry`: whether it is only shown, so that nothing is recorded.
 * @throws Failure with everything that refuses the run; nothing was pulled or started then.
 */
export async function withPlan<T>(
  { plan: saved, ...flags }: RunFlags & { plan?: string },
  command: readonly string[],
  work: (planned: Planned) => Promise<T>,
  options: { shell?: boolean; refuse?: boolean; dry?: boolean } = {},
): Promise<T> {
  const folder = process.cwd();
  const root = findWorkspace(folder);
  if (saved !== undefined) requireNothingElse(flags, command);
  return await withMachine(root, say, async (machine) => {
    const probes = openProbes();
    const around = { root, folder, machine, probes };
    const { plan, facts, gone } =
      saved === undefined
        ? { ...(await makePlan(flags, command, around, options)), gone: [] }
        : await reopen(savedPlan(saved, root, flags.force), around, {
            hostFacts: flags.hostFacts,
            gone: 'plan-outdated',
            dry: options.dry,
          });
    const engine = openContainerEngine(plan.scheduler, machine);
    const findings = lookAtAll(plan, facts);
    if (flags.timings)
      console.error(JSON.stringify({ totalMs: Math.round(performance.now()), ...probes.report() }));
    const refused = options.refuse === false ? [] : refusals(findings, checks);
    if (gone.length + refused.length > 0)
      throw new Failure([...gone, ...(saved === undefined ? refused : refused.map(inNewPlan))]);
    return await work({ root, machine, engine, plan, facts, findings });
  });
}

/** A remedy that names an option of a run cannot be followed beside a saved plan, --force aside. */
export const inNewPlan = (problem: Problem): Problem =>
  besides(problem, ['--force'], 'a saved plan takes no option but --force: make a new one');

/**
 * A problem whose remedy names options of a run, with what is to be known where most of them are not taken.
 * @param taken those that are taken all the same.
 */
export function besides(problem: Problem, taken: readonly string[], note: string): Problem {
  const options = new Set(addRunOptions(new Command()).options.map(({ long }) => long ?? ''));
  for (const option of taken) options.delete(option);
  // What has its value behind `=` is an option of another program.
  const named = problem.remedy.match(/--[a-z-]+(?![a-z=-])/g) ?? [];
  if (!named.some((option) => options.has(option))) return problem;
  return { ...problem, remedy: `${problem.remedy} (${note})` };
}

/** A saved plan is carried out as it stands: what else was given would be passed over without a word. */
function requireNothingElse(flags: RunFlags, command: readonly string[]): void {
  const { hostFacts, timings, force, ...others } = flags;
  const given = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length === 0 && command.length === 0) return;
  throw new Failure({
    code: 'usage',
    message: `a saved plan says everything itself; also given: ${[...given, ...command].join(', ')}`,
    remedy: 'leave that out, or make a new plan with it',
  });
}

/**
 * A plan made before, or elsewhere, is held against this host as it is now; it is not changed.
 * @param asked `gone`: what it is to the caller that a commit of the plan can no longer be had; that is asked of this host
 *   only, which is the one that brought it in.
 */
export async function reopen(
  plan: RunPlan,
  { root, folder, machine, probes }: PlanSurroundings,
  asked: { hostFacts?: string; gone: Parameters<typeof goneCommits>[1]; dry?: boolean },
): Promise<{ plan: RunPlan; facts: CheckFacts; gone: Problem[] }> {
  const engine = openContainerEngine(plan.scheduler, machine);
  const registry = openRegistry({ dockerConfig: machine.engine?.config });
  const here = asked.hostFacts === undefined;
  const [host, yanked, gone] = await Promise.all([
    hostOf(asked.hostFacts, folder, engine, probes),
    probes.probe('yank', () => readYanks(registry, plan.image)),
    here && plan.updates.length > 0 ? probes.probe('git', () => goneCommits(plan, asked.gone)) : [],
  ]);
  const known = { root, engine, host, here, probes, yanked, siblings: [], dry: asked.dry };
  return { plan, facts: await checkFacts(plan, known), gone };
}

/**
 * A plan whose checks are overruled beyond what it says itself.
 * @throws Failure `usage` for names of no check, or of one that cannot be overruled.
 */
export function alsoForced(plan: RunPlan, force: readonly string[] = []): RunPlan {
  const forced = [...new Set([...plan.forced, ...force])];
  // A saved plan may have been edited by hand.
  const wrong = unforcible(forced);
  if (wrong.length > 0) throw new Failure(wrong);
  return { ...plan, forced };
}

function savedPlan(path: string, root: string, force: readonly string[] | undefined): RunPlan {
  return alsoForced(requireUnstarted(readPlan(path), root), force);
}

function readPlan(path: string): RunPlan {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure({
      code: 'plan-unreadable',
      where: { file: path },
      message: (error as Error).message,
      remedy: 'save one with slipway plan ... > run-plan.json',
    });
  }
  return parseRunPlan(text, path);
}
