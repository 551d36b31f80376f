import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ContainerEngine, loadStarter } from '@slipway/effects';
import type { CheckFacts } from '../checks/check.ts';
import { nested } from '../checks/data.ts';
import { rcloneMount } from '../plan/plan-mounts.ts';
import { outputOf } from '../plan/plan-run.ts';
import { isRoot } from '../plan/plan-user.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { runsFolder } from '../record/run-record.ts';
import { pinned } from '../schedulers/container-arguments.ts';
import { busyRun } from './busy.ts';
import { deadLink } from './dead-link.ts';
import type { HostFacts } from './host-facts.ts';
import { lookAt, type PathFacts } from './path-facts.ts';
import { lookAtPrivateKey } from './private-key.ts';
import type { Probes } from './probes.ts';

/**
 * What the checks of a plan look at, asked anew: for a saved plan as for one that was just made.
 * @param known `image`: false where the plan's image could not be found, and is not asked for again.
 */
export async function checkFacts(
  plan: RunPlan,
  known: {
    root: string;
    engine: ContainerEngine;
    host: HostFacts;
    here: boolean;
    probes: Probes;
    yanked: CheckFacts['yanked'];
    siblings: CheckFacts['siblings'];
    deprecated?: CheckFacts['deprecated'];
    unasked?: CheckFacts['unasked'];
    dry?: CheckFacts['dry'];
    image?: boolean;
  },
): Promise<CheckFacts> {
  const { root, engine, host, here, probes, image = true } = known;
  const { yanked, siblings, deprecated, unasked, dry } = known;
  const paths = [
    ...plan.mounts.map(({ source }) => source),
    ...plan.mounts.map(({ source }) => `${source}/rclone.conf`).filter((path) => existsSync(path)),
    ...nested(plan.mounts).map(({ place }) => place),
    ...Object.values(plan.secrets).flatMap((source) => (source.from === 'file' ? [source.path] : [])),
  ];
  const rclone = rcloneMount(plan)?.source;
  const key = plan.mounts.find(({ target }) => target === plan.ssh?.key)?.source;
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
    dry,
    caller: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, umask: process.umask() },
    paths: Object.fromEntries(paths.map((path): [string, PathFacts] => [path, lookAt(path)])),
    records: lookAtRecords(root),
    rcloneLink: rclone === undefined ? null : deadLink(rclone, 'rclone.conf'),
    privateKey: key === undefined ? undefined : lookAtPrivateKey(key),
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

/** Where the runs of a workspace are recorded. */
export function lookAtRecords(root: string): NonNullable<CheckFacts['records']> {
  const folder = join(root, runsFolder);
  return { folder, found: lookAt(folder) };
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
