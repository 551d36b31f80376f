import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, type MachineSettings, type Problem, readContractLabels } from '@slipway/contract';
import {
  asFailure,
  askGpus,
  homeFolder,
  machineFile,
  openContainerEngine,
  openRegistry,
} from '@slipway/effects';
import { type CheckFacts, refusals } from '../checks/check.ts';
import { checks, lookAtAll, unforcible } from '../checks/checks.ts';
import { flagLayer, type RunFlags } from '../definition/flags.ts';
import { draftDefinition, type Layer } from '../definition/run-definition.ts';
import { readRunFile } from '../definition/run-file.ts';
import { parseHostProfile } from '../plan/host-profile.ts';
import { draftRun, type RunFacts } from '../plan/plan-run.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { newRunId } from '../record/run-id.ts';
import { runFolder } from '../record/run-record.ts';
import { applicationLayers, isOf } from './application-layers.ts';
import { checkFacts } from './check-facts.ts';
import { chooseImage } from './choose-image.ts';
import { readDeprecated } from './deprecation.ts';
import { gpuAccess, type HostFacts } from './host-facts.ts';
import { lookAtHost } from './host-of.ts';
import { lookUpImage, settled } from './look-up-image.ts';
import { orOtherEngine } from './other-engine.ts';
import { lookAt, realPath } from './path-facts.ts';
import type { Probes } from './probes.ts';
import { readSiblings, worstYank } from './published.ts';
import { placeable, resolveUpdates, updatableTrees } from './updates.ts';
import { openWorkspace } from './workspace.ts';

/** What a plan is made in. */
export interface PlanSurroundings {
  root: string;
  folder: string;
  machine: MachineSettings;
  probes: Probes;
}

/** A plan as far as it could be made, what its checks look at, and what keeps it from being whole. */
export interface Examined {
  plan: RunPlan;
  facts: CheckFacts;
  problems: readonly Problem[];
  /** That nobody says what is to be started; empty: it is said. */
  missing: readonly Problem[];
  /** Whether the image was found: without it, checks of it look at the host alone. */
  imageKnown: boolean;
}

/**
 * Reads the definition, asks the registry, the engine, the GPUs and git for what planning has to know, and plans.
 * @returns the plan, and the facts that its checks look at.
 * @throws Failure with everything that cannot be found out or planned, and whatever its checks refuse besides.
 */
export async function makePlan(
  flags: RunFlags,
  command: readonly string[],
  around: PlanSurroundings,
  options: { shell?: boolean; dry?: boolean } = {},
): Promise<{ plan: RunPlan; facts: CheckFacts }> {
  const { plan, facts, imageKnown, ...found } = await examineRun(flags, command, around, options);
  const problems = [...found.problems, ...found.missing];
  if (problems.length === 0) return { plan, facts };
  throw new Failure([...problems, ...refusals(lookAtAll(plan, facts, { image: imageKnown }), checks)]);
}

/**
 * The same, without failing for what cannot be found out: it is told beside the rest.
 * @param imageOptional whether a definition that names no image is to be looked at without one.
 * @param dry whether the plan is only shown, so that nothing is recorded.
 * @throws Failure for a run.toml that cannot be read, with what is wrong with the flags.
 */
export async function examineRun(
  flags: RunFlags,
  command: readonly string[],
  around: PlanSurroundings,
  { shell = false, imageOptional = false, dry = false } = {},
): Promise<Examined> {
  const { root, folder, machine, probes } = around;
  const home = homeFolder();
  const layers = readLayers(flags, command, folder);
  const { definition: first } = draftDefinition(layers, home);
  const engine = openContainerEngine(first.scheduler, machine);
  const registry = openRegistry({ dockerConfig: machine.engine?.config });
  const profile = parseHostProfile(machine, machineFile);
  const workspace = openWorkspace(root);

  const here = flags.hostFacts === undefined;
  // The image is chosen by the GPUs alone, while the engine is asked.
  const gpus = flags.hostFacts === undefined ? probes.probe('gpus', () => askGpus()) : undefined;
  const looked = lookAtHost(flags.hostFacts, folder, engine, probes, { gpus });
  const surroundings = { root, workspace, machine, host: gpus ?? looked.then(({ host }) => host) };
  // A file that cannot be read is told below, whoever waits for it or does not.
  surroundings.host.catch(() => undefined);
  const named = first.image !== null || first.version !== null || first.architecture !== null;
  const chosen = imageOptional && !named ? nothing : await settled(chooseImage(first, surroundings));
  const reference = chosen.value?.reference ?? null;
  const own = workspace !== null && reference !== null && isOf(workspace, reference, machine);
  const choice = { own, because: chosen.value?.origins.architecture };
  const [{ host, problems: ofHost }, lookedUp] = await Promise.all([
    looked,
    reference === null ? nothing : settled(lookUpImage({ reference, choice }, { registry, engine, probes })),
  ]);
  const published = lookedUp.value?.published ?? [];
  const found = lookedUp.value?.image ?? null;
  const image = found ?? unknownImage(reference ?? 'the image');

  const { name: application, layers: known } = applicationLayers(
    layers,
    { labels: image.labels, reference: reference ?? '' },
    { workspace, machine },
  );
  const { definition: whole, problems: malformed } = draftDefinition([...known, ...layers], home);
  // By one name, so that it is noticed when two runs write into it.
  const definition = { ...whole, output: whole.output && realPath(whole.output) };
  const knownHosts = definition.knownHosts ?? orNull(join(home, '.ssh/known_hosts'));
  const trees = updatableTrees(definition, application, workspace?.application ?? null);
  // Which trees an unknown image carries is not known either.
  const wanted = found ? definition.update : placeable(definition.update, trees);
  const id = newRunId(new Date(), (taken) => existsSync(runFolder(root, taken)));
  const keys = { ...definition, knownHosts };
  const [release] = published;
  const [updates, siblings, deprecated] = await Promise.all([
    wanted.length === 0 || shell
      ? nothing
      : settled(probes.probe('git', () => resolveUpdates(wanted, trees, keys))),
    release === undefined || fits(image, host)
      ? []
      : probes.probe('release', () => readSiblings(registry, image.reference, release)),
    found && probes.probe('deprecation', () => readDeprecated(registry, workspace, found)),
  ]);
  const facts: RunFacts = {
    id,
    image,
    application,
    home,
    runFolder: runFolder(root, id),
    gpus: host.gpus,
    gpuAccess: gpuAccess(definition.scheduler, host),
    updates: updates.value ?? [],
    knownHosts,
    rcloneIsFile: definition.rclone !== null && lookAt(definition.rclone).kind === 'file',
    profile,
    origins: chosen.value?.origins ?? {},
  };
  const drafted = draftRun(definition, facts, { shell });
  const yanked = worstYank(published.map((each) => each.yanked));
  const imageKnown = found !== null;
  const unasked = lookedUp.value?.unasked;
  const checked = {
    root,
    engine,
    host,
    here,
    probes,
    yanked,
    siblings,
    deprecated,
    unasked,
    dry,
    image: imageKnown,
  };
  return {
    plan: drafted.plan,
    facts: await checkFacts(drafted.plan, checked),
    problems: [
      ...[...malformed, ...unforcible(definition.force)],
      ...[chosen, { problems: ofHost }, lookedUp, updates, drafted].flatMap(({ problems }) =>
        problems.map(orOtherEngine),
      ),
    ],
    missing: drafted.missing,
    imageKnown,
  };
}

/** What is not asked for has no problems. */
const nothing = { value: null, problems: [] } as const;

/** Stands in for an image that was not found, in a plan that is only looked at and never started. */
function unknownImage(reference: string): RunPlan['image'] {
  return {
    reference,
    digest: `sha256:${'0'.repeat(64)}`,
    from: 'registry',
    bytes: null,
    // Whether it says how it is started is not known.
    labels: { 'io.slipway.application.command': '["python", "main.py"]' },
    user: null,
    entrypoint: [],
    commit: null,
  };
}

/** What a person wrote. Without a file that was to be read, nothing else of the run is known well enough to be looked at. */
function readLayers(flags: RunFlags, command: readonly string[], folder: string): Layer[] {
  const given = flagLayer(flags, command, folder);
  try {
    return [...readRunFile(folder, flags.file), given];
  } catch (error) {
    throw new Failure([...asFailure(error).problems, ...draftDefinition([given], homeFolder()).problems]);
  }
}

/** Whether no other image has to be looked for. */
function fits(image: RunPlan['image'], { gpus }: HostFacts): boolean {
  const contract = readContractLabels(image.labels);
  if (contract === null) return true;
  if (gpus.length === 0) return contract.computeCapabilities.length === 0;
  return gpus.every(({ computeCapability }) =>
    contract.computeCapabilities.includes(computeCapability ?? ''),
  );
}

const orNull = (path: string): string | null => (existsSync(path) ? path : null);
