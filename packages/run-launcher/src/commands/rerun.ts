import { resolve } from 'node:path';
import { Failure, type MachineSettings, maskLogins, type Problem, parseReference } from '@slipway/contract';
import {
  asFailure,
  type ContainerEngine,
  commitIsThere,
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
import { startPlanned } from './run.ts';
import { say, tellWarnings } from './say.ts';
import { alsoForced, reopen } from './with-plan.ts';

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
  const folder = process.cwd();
  const root = findWorkspace(folder);
  return await withMachine(root, say, async (machine) => {
    const { plan: recorded, id: whole } = readRunRecord(root, id);
    // A plan of another version may mean something else.
    const before = parseRunPlan(JSON.stringify(recorded), `the record of ${whole}`);
    const newId = newRunId(new Date());
    const again = planAgain(before, {
      id: newId,
      runFolder: runFolder(root, newId),
      output: output === undefined ? null : realPath(resolve(folder, output)),
    });
    // What was overruled was so for that time: an output folder that has results now would be gone on with.
    const wanted = alsoForced({ ...again, forced: [] }, force);
    const engine = openContainerEngine(wanted.scheduler, machine);
    const gone = await whatIsGone(wanted, engine, machine);
    const probes = openProbes();
    const { facts } = await reopen(wanted, undefined, { folder, machine, probes });
    const plan = withAccessOf(wanted, facts.host);
    const findings = lookAtAll(plan, facts);
    const problems = [...gone, ...refusals(findings, checks)];
    if (problems.length > 0) throw new Failure(problems);
    tellWarnings(findings);
    if (dryRun) {
      console.log(JSON.stringify(plan, null, 2));
      return 0;
    }
    return await startPlanned({ root, machine, engine, plan, facts, findings }, detach);
  });
}

/** What the run was made of and can no longer be had. */
async function whatIsGone(
  plan: RunPlan,
  engine: ContainerEngine,
  machine: MachineSettings,
): Promise<Problem[]> {
  const problems = await Promise.all([
    goneImage(plan, engine, machine),
    ...plan.updates.map(async ({ name, url, commit, ref }): Promise<Problem[]> => {
      const keys = {
        sshKey: plan.mounts.find(({ target }) => target === plan.ssh?.key)?.source,
        knownHosts: plan.mounts.find(({ target }) => target === plan.ssh?.knownHosts)?.source,
      };
      try {
        if (await commitIsThere({ url, ref: commit, ...keys }, ref)) return [];
      } catch (error) {
        // A server that is down has lost nothing.
        return [...asFailure(error).problems];
      }
      return [
        {
          code: 'rerun-impossible',
          message: `${maskLogins(url)} does not give out commit ${commit} of ${name} any more`,
          remedy: `push it again, or start a new run with another one: --update ${name}=REF`,
        },
      ];
    }),
  ]);
  return problems.flat();
}

async function goneImage(
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
