import { existsSync, readFileSync } from 'node:fs';
import { homedir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type Definition,
  Failure,
  findArchitecture,
  formatVersion,
  type MachineSettings,
  type Problem,
  parseReference,
  parseVersion,
  placedRepository,
  readContractLabels,
} from '@slipway/contract';
import {
  asFailure,
  askGpus,
  type ContainerEngine,
  freePort,
  machineFile,
  openContainerEngine,
  openRegistry,
} from '@slipway/effects';
import type { CheckFacts } from '../checks/check.ts';
import { requireForcible } from '../checks/checks.ts';
import { flagLayer, type RunFlags } from '../definition/flags.ts';
import { knownApplications } from '../definition/known-applications.ts';
import { completeRun, type Layer, type RunDefinition } from '../definition/run-definition.ts';
import { readRunFile } from '../definition/run-file.ts';
import { parseHostProfile } from '../plan/host-profile.ts';
import { outputOf, planRun, type RunFacts } from '../plan/plan-run.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { newRunId } from '../record/run-id.ts';
import { runFolder } from '../record/run-record.ts';
import { busyRun } from './busy.ts';
import { chooseArchitecture } from './choose-architecture.ts';
import { findImage } from './find-image.ts';
import { type HostFacts, parseHostFacts } from './host-facts.ts';
import { lookAt, type PathFacts, realPath } from './path-facts.ts';
import type { Probes } from './probes.ts';
import { readSiblings, readYank, versionOfTag } from './published.ts';
import { resolveUpdates, updatableTrees } from './updates.ts';
import { openWorkspace, requireWorkspace, statedVersion } from './workspace.ts';

/** What a plan is made in. */
export interface PlanSurroundings {
  root: string;
  folder: string;
  machine: MachineSettings;
  probes: Probes;
}

/**
 * Reads the definition, asks the registry, the engine, the GPUs and git for what planning has to know, and plans.
 * @returns the plan, and the facts that its checks look at.
 * @throws Failure with everything that cannot be found out.
 */
export async function makePlan(
  flags: RunFlags,
  command: readonly string[],
  around: PlanSurroundings,
  { shell = false } = {},
): Promise<{ plan: RunPlan; facts: CheckFacts }> {
  const { root, folder, machine, probes } = around;
  const home = homedir();
  const layers = [...readRunFile(folder, flags.file), flagLayer(flags, command, folder)];
  const first = completeRun(layers, home);
  requireForcible(first.force);
  const engine = openContainerEngine(first.scheduler, machine);
  const registry = openRegistry({ dockerConfig: machine.engine?.config });
  const profile = parseHostProfile(machine, machineFile);

  const workspace = openWorkspace(root);
  const asked = hostOf(flags.hostFacts, folder, engine, probes);
  const reference = first.image ?? (await referenceOf(first, { root, workspace, machine, host: asked }));
  const version = versionOfTag(reference);
  const [host, image, yanked] = await allOf([
    asked,
    probes.probe('registry', () => findImage(registry, engine, reference)),
    version === null
      ? Promise.resolve(null)
      : probes.probe('yank', () => readYank(registry, reference, version).catch(() => null)),
  ]);
  const application = nameOf(first, image);
  const known = completeRun(withKnown(layers, application, folder), home);
  // By one name, so that it is noticed when two runs write into it.
  const definition = { ...known, output: known.output && realPath(known.output) };
  const knownHosts = definition.knownHosts ?? orNull(join(home, '.ssh/known_hosts'));
  const path = image.labels['io.slipway.application.path'] ?? null;
  const trees = updatableTrees(definition, { name: application, path }, workspace?.application ?? null);
  const id = newRunId(new Date());
  const [updates, siblings, port] = await allOf([
    definition.update.length === 0 || shell
      ? Promise.resolve([])
      : probes.probe('git', () => resolveUpdates(definition.update, trees, { ...definition, knownHosts })),
    version === null || fits(image, host)
      ? Promise.resolve([])
      : probes.probe('release', () => readSiblings(registry, reference, version)),
    (definition.processes ?? host.gpus.length) > 1 ? freePort() : Promise.resolve(0),
  ]);
  const facts: RunFacts = {
    id,
    image,
    application,
    home,
    runFolder: runFolder(root, id),
    gpus: host.gpus,
    gpuAccess: host.engine?.cdi && !host.toolkitHook ? 'cdi' : 'toolkit',
    updates,
    knownHosts,
    rcloneIsFile: definition.rclone !== null && lookAt(definition.rclone).kind === 'file',
    port,
    profile,
  };
  const plan = planRun(definition, facts, { shell });
  const here = flags.hostFacts === undefined;
  return { plan, facts: await checkFacts(plan, { engine, host, here, probes, yanked, siblings }) };
}

/** What the checks of a plan look at, asked anew: for a saved plan as for one that was just made. */
export async function checkFacts(
  plan: RunPlan,
  known: {
    engine: ContainerEngine;
    host: HostFacts;
    here: boolean;
    probes: Probes;
    yanked: CheckFacts['yanked'];
    siblings: CheckFacts['siblings'];
  },
): Promise<CheckFacts> {
  const { engine, host, here, probes, yanked, siblings } = known;
  const paths = [
    ...plan.mounts.map(({ source }) => source),
    ...plan.mounts.map(({ source }) => `${source}/rclone.conf`).filter((path) => existsSync(path)),
    ...Object.values(plan.secrets).flatMap((source) => (source.from === 'file' ? [source.path] : [])),
  ];
  const [present, busy] = here
    ? await Promise.all([
        probes.probe('engine', () => isPresent(engine, plan)),
        probes.probe('engine', () => busyRun(engine, outputOf(plan))),
      ])
    : [false, null];
  return {
    host: await completeHost(host, plan, present, known),
    here,
    caller: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    paths: Object.fromEntries(paths.map((path): [string, PathFacts] => [path, lookAt(path)])),
    variables: Object.keys(process.env),
    yanked,
    siblings,
    imagePresent: present,
    busy,
  };
}

/**
 * The host that is planned for: this one, or the recorded one of a file.
 * @param whole ask the engine for everything, though no GPU makes it necessary.
 */
export async function hostOf(
  file: string | undefined,
  folder: string,
  engine: ContainerEngine,
  probes: Probes,
  { whole = false } = {},
): Promise<HostFacts> {
  if (file !== undefined) return parseHostFacts(readNamed(resolve(folder, file), file), file);
  const [gpus, version] = await allOf([
    probes.probe('gpus', () => askGpus()),
    whole ? Promise.resolve(null) : probes.probe('engine', () => engine.version()),
  ]);
  const hooks = ['/usr/bin/nvidia-container-runtime-hook', '/usr/bin/nvidia-container-toolkit'];
  const toolkitHook = hooks.some((path) => existsSync(path));
  if (version !== null && gpus.gpus.length === 0) {
    const unknown = { runtimes: [], cdi: false, rootless: false, diskFreeBytes: null };
    const brief = { name: engine.name, version, memoryBytes: totalmem(), ...unknown };
    return { ...gpus, engine: brief, brief: true, toolkitHook };
  }
  return { ...gpus, engine: await probes.probe('engine', () => engine.facts()), toolkitHook };
}

/** The engine asked for everything, where the plan needs more of it than its version. */
async function completeHost(
  host: HostFacts,
  plan: RunPlan,
  present: boolean,
  { engine, probes }: { engine: ContainerEngine; probes: Probes },
): Promise<HostFacts> {
  const enough = present && plan.user === null && plan.gpus === null;
  if (!host.brief || enough) return host;
  return { ...host, engine: await probes.probe('engine', () => engine.facts()), brief: false };
}

async function isPresent(engine: ContainerEngine, plan: RunPlan): Promise<boolean> {
  const { image } = plan;
  const name = image.reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return (
    (await engine.image(image.from === 'engine' ? image.digest : `${name}@${image.digest}`)) !== undefined
  );
}

/** Waits for all, and tells everything that failed together. */
async function allOf<T extends readonly unknown[]>(
  work: {
    [K in keyof T]: Promise<T[K]>;
  },
): Promise<T> {
  const settled = await Promise.allSettled(work as readonly Promise<unknown>[]);
  const failed = settled.filter((each) => each.status === 'rejected');
  if (failed.length === 0) return settled.map((each) => (each as { value: unknown }).value) as unknown as T;
  const problems = failed.flatMap(({ reason }): readonly Problem[] => asFailure(reason).problems);
  throw new Failure(problems, { cause: failed[0]?.reason });
}

/** The published image of a version: the one asked for, else the one that the application's pyproject.toml states. */
async function referenceOf(
  definition: RunDefinition,
  {
    root,
    workspace,
    machine,
    host,
  }: { root: string; workspace: Definition | null; machine: MachineSettings; host: Promise<HostFacts> },
): Promise<string> {
  try {
    const defined = requireWorkspace(workspace, root);
    const repository = placedRepository(defined.repositories.runtime, machine);
    const version = definition.version ?? statedVersion(defined, root);
    const architecture =
      definition.architecture === null
        ? chooseArchitecture(defined.architectures, (await host).gpus)
        : findArchitecture(defined, definition.architecture).name;
    return `${repository}:${architecture}-${formatVersion(parseVersion(version))}`;
  } catch (error) {
    // Whatever else was asked goes on, and nobody waits for it any more.
    host.catch(() => undefined);
    throw error;
  }
}

/** The application's name: as it was given, as the image's label says, else the last part of the repository. */
function nameOf({ application }: RunDefinition, image: RunPlan['image']): string {
  const last = parseReference(image.reference).repository.split('/').at(-1) ?? 'application';
  return application.name ?? image.labels['io.slipway.application.name'] ?? last;
}

function withKnown(layers: readonly Layer[], name: string, folder: string): Layer[] {
  const application = Object.hasOwn(knownApplications, name) ? knownApplications[name] : undefined;
  const known = application && { from: `application ${name}`, values: { application }, folder };
  return [...(known ? [known] : []), ...layers];
}

/** Whether no other image has to be looked for. */
function fits(image: RunPlan['image'], { gpus }: HostFacts): boolean {
  const contract = readContractLabels(image.labels);
  if (contract === null) return true;
  if (gpus.length === 0) return contract.computeCapabilities.length === 0;
  return gpus.every(({ computeCapability }) => contract.computeCapabilities.includes(computeCapability));
}

const orNull = (path: string): string | null => (existsSync(path) ? path : null);

function readNamed(path: string, named: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure({
      code: 'usage',
      message: `--host-facts ${named}: ${(error as Error).message}`,
      remedy: 'name a file that can be read',
    });
  }
}
