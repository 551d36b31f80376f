import { existsSync } from 'node:fs';
import { type ContainerEngine, loadStarter } from '@slipway/effects';
import type { CheckFacts } from '../checks/check.ts';
import { outputOf } from '../plan/plan-run.ts';
import { isRoot } from '../plan/plan-user.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { pinned } from '../schedulers/container-arguments.ts';
import { busyRun } from './busy.ts';
import type { HostFacts } from './host-facts.ts';
import { lookAt, type PathFacts } from './path-facts.ts';
import type { Probes } from './probes.ts';

/**
 * What the checks of a plan look at, asked anew: for a saved plan as for one that was just made.
 * @param known `image`: false where the plan's image could not be found, and is not asked for again.
 */
export async function checkFacts(
  plan: RunPlan,
  known: {
    engine: ContainerEngine;
    host: HostFacts;
    here: boolean;
    probes: Probes;
    yanked: CheckFacts['yanked'];
    siblings: CheckFacts['siblings'];
    deprecated?: CheckFacts['deprecated'];
    unasked?: CheckFacts['unasked'];
    image?: boolean;
  },
): Promise<CheckFacts> {
  const { engine, host, here, probes, yanked, siblings, deprecated, unasked, image = true } = known;
  const paths = [
    ...plan.mounts.map(({ source }) => source),
    ...plan.mounts.map(({ source }) => `${source}/rclone.conf`).filter((path) => existsSync(path)),
    ...Object.values(plan.secrets).flatMap((source) => (source.from === 'file' ? [source.path] : [])),
  ];
  const answers = here && host.engine !== null;
  // The engine takes 10 ms to find an image: meanwhile what starts programs is loaded, which comes next.
  if (answers) setImmediate(() => void loadStarter());
  const [present, busy] = answers
    ? await Promise.all([
        image ? probes.probe('engine', () => engine.has(pinned(plan))) : false,
        probes.probe('engine', () => busyRun(engine, outputOf(plan))),
      ])
    : [false, null];
  return {
    host: answers ? await completeHost(host, plan, present, known) : host,
    here,
    caller: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    paths: Object.fromEntries(paths.map((path): [string, PathFacts] => [path, lookAt(path)])),
    variables: Object.keys(process.env),
    emptyVariables: Object.keys(process.env).filter((name) => process.env[name]?.trim() === ''),
    yanked,
    deprecated,
    unasked,
    siblings,
    imagePresent: present,
    busy,
  };
}

/** The engine asked for everything, where the plan needs more of it than its version. */
async function completeHost(
  host: HostFacts,
  plan: RunPlan,
  present: boolean,
  { engine, probes }: { engine: ContainerEngine; probes: Probes },
): Promise<HostFacts> {
  const enough = present && isRoot(plan.user) && plan.gpus === null;
  if (!host.brief || enough) return host;
  return { ...host, engine: await probes.probe('engine', () => engine.facts()), brief: false };
}
