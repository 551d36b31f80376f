import { posix } from 'node:path';
import { Failure, type Problem } from '@slipway/contract';
import type { Gpu } from '@slipway/effects';
import type { RunDefinition } from '../definition/run-definition.ts';
import { splitEntryPoint } from './entry-point.ts';
import type { HostProfile } from './host-profile.ts';
import { planCommand } from './plan-command.ts';
import { planEnvironment, secretsOf } from './plan-environment.ts';
import { countGpus, planGpus } from './plan-gpus.ts';
import { placesFor, planMounts, planTmpfs } from './plan-mounts.ts';
import { planOrigins } from './plan-origins.ts';
import { isRoot, planUser } from './plan-user.ts';
import type { RunPlan } from './run-plan.ts';
import { handover } from './start-script.ts';

/** Facts that planning is told: nothing here is looked up by the planning itself. */
export interface RunFacts {
  id: string;
  image: RunPlan['image'];
  /** What the image carries, by its label or by what is known of it. */
  application: string;
  home: string;
  /** Absolute path of the folder that this run's plan, record and log will lie in. */
  runFolder: string;
  /** Of the host that will run it. */
  gpus: readonly Gpu[];
  /** How its engine gives GPUs to a container. */
  gpuAccess: 'toolkit' | 'cdi';
  /** Updates whose refs were resolved. */
  updates: RunPlan['updates'];
  /** known_hosts of the caller; null: there is none. */
  knownHosts: string | null;
  /** Whether the rclone configuration is one file, and no folder. */
  rcloneIsFile: boolean;
  profile: HostProfile;
  /** Where that comes from which no layer says: `version`, `architecture`. */
  origins: Readonly<Record<string, string>>;
}

/**
 * Plans a run, or, with `shell`, a shell in its place. Pure: equal arguments give equal plans.
 * @throws Failure `usage` with everything that keeps it from being planned.
 */
export function planRun(
  definition: RunDefinition,
  facts: RunFacts,
  options: { shell?: boolean } = {},
): RunPlan {
  const { plan, problems, missing } = draftRun(definition, facts, options);
  if (problems.length + missing.length > 0) throw new Failure([...problems, ...missing]);
  return plan;
}

/**
 * The same as far as it can be planned, so that checks can look at the rest, with what keeps it from being started.
 * @returns also `missing`: that nobody says what is to be started.
 */
export function draftRun(
  definition: RunDefinition,
  facts: RunFacts,
  { shell = false } = {},
): { plan: RunPlan; problems: Problem[]; missing: Problem[] } {
  const problems: Problem[] = [];
  const { id, image, application } = facts;
  const user = planUser(definition.user, image.user);
  const places = placesFor(application, isRoot(user));
  const gpus = planGpus(definition, facts);
  const count = countGpus(gpus, facts);
  const mounts = planMounts(definition, facts, places, problems);
  const environment = planEnvironment(definition, facts, { user, home: places.home, count });
  const planned = shell
    ? { command: [], processes: 1, words: [], ownOpts: new Map(), missing: [] }
    : planCommand(definition, facts, { ...places, count }, problems);
  const knownHosts = facts.knownHosts === null ? null : handover.knownHosts;
  const plan: Omit<RunPlan, 'origins'> = {
    slipwayRunPlan: 4,
    id,
    scheduler: definition.scheduler,
    image,
    application,
    entrypoint: shell ? '/bin/bash' : null,
    command: planned.command,
    workingFolder: definition.workdir ?? definition.application.path,
    mounts,
    tmpfs: isRoot(user) ? [] : planTmpfs(mounts, places.home),
    environment,
    secrets: secretsOf(definition),
    ssh: definition.sshKey === null ? null : { key: places.key, knownHosts },
    updates: shell ? [] : facts.updates,
    shmSize: definition.shmSize ?? facts.profile.shm_size ?? '8g',
    gpus,
    processes: planned.processes,
    user,
    // A shell goes round what an entry point brings along.
    init: shell || splitEntryPoint(image.entrypoint).init.length === 0,
    terminal: shell,
    network: facts.profile.network ?? null,
    stop: { signal: 'SIGINT', seconds: definition.stopSeconds },
    labels: shell
      ? { 'io.slipway.shell': id, 'io.slipway.image': image.reference }
      : runLabels(facts, mounts[0]?.source ?? ''),
    forced: [...definition.force],
  };
  return {
    plan: { ...plan, origins: planOrigins(definition, facts, plan, planned) },
    problems,
    missing: planned.missing,
  };
}

/** By these a run is found again, whatever became of its record. */
function runLabels({ id, image, runFolder }: RunFacts, output: string): Record<string, string> {
  return {
    'io.slipway.run': id,
    'io.slipway.image': image.reference,
    'io.slipway.run.folder': runFolder,
    'io.slipway.run.output': output,
  };
}

/** The folder of this host that holds what a run writes. */
export function outputOf(plan: RunPlan): string {
  return plan.mounts.find(({ target }) => target === '/output')?.source ?? posix.sep;
}
