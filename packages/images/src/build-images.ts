import {
  type Definition,
  Failure,
  findArchitecture,
  type Problem,
  parseReference,
  placedRepository,
  type Version,
} from '@slipway/contract';
import {
  type BuildEngine,
  chooseBuilder,
  openRegistry,
  probeEngine,
  readDefinition,
  withMachine,
} from '@slipway/effects';
import type { Surroundings } from './build.ts';
import { checkDevLock } from './dev-lock.ts';
import { type Doors, executeImages } from './execute.ts';
import { readInputs } from './inputs.ts';
import { checkLock } from './lock-request.ts';
import { type ImageKind, type ImagePlan, imageKinds, type PlanInputs } from './plan.ts';
import { planBase } from './plan-base.ts';
import { planDev } from './plan-dev.ts';
import { planRuntime } from './plan-runtime.ts';
import type { ImageRecord } from './record.ts';
import { keyProblem, readPlan } from './saved-plan.ts';
import { settlePlans } from './states.ts';
import { unfitBuilder } from './unfit-builder.ts';

/** An image that was asked for: the kind, and the name of its architecture. */
export interface ImageRequest {
  project: string;
  kind: ImageKind;
  architecture: string;
  /** File with a saved plan that is to be carried out instead of a new one. */
  plan?: string;
  /** Of a runtime image that is published; absent: the one that follows the sources. */
  version?: Version;
  /** Of a dev image: it goes to its repository, instead of into the engine of this machine. */
  push?: boolean;
}

/** Requests for the images of a kind, of the named architectures or of all. */
export function requestsFor(
  { definition }: Pick<Workspace, 'definition'>,
  kind: ImageRequest['kind'],
  names = definition.architectures.map(({ name }) => name),
): ImageRequest[] {
  return names.map((architecture) => ({ project: `${kind}-${architecture}`, kind, architecture }));
}

/** What came of one request. */
export type ImageOutcome =
  | { project: string; plan: ImagePlan; record: ImageRecord; recordPath: string }
  | { project: string; problems: readonly Problem[] };

/** Definition, machine, registry and inputs of a workspace, opened once for all images of a command. */
export interface Workspace {
  definition: Definition;
  inputs: PlanInputs;
  doors: Doors;
}

/**
 * Opens a workspace: reads its definition, finds the engine and registries of this machine, and brings the engine up
 * when nothing answers and the machine's settings say how.
 * @param dev names of the architectures whose dev images are asked for.
 */
export async function openWorkspace(
  around: Surroundings,
  { dev = [] }: { dev?: readonly string[] } = {},
): Promise<Workspace> {
  const builder = around.builder ?? process.env.BUILDX_BUILDER;
  const definition = readDefinition(around.root);
  return withMachine(around.root, around.say, async (machine) => {
    const registry = openRegistry({ dockerConfig: machine.engine?.config });
    // One cheap question tells whether the registry that everything goes to answers at all.
    await registry.ping(parseReference(placedRepository(definition.repositories.base, machine)).registry);
    const developed = dev.map((name) => findArchitecture(definition, name));
    const inputs = await readInputs(around.root, definition, machine, registry, builder, developed);
    // Asked for once, by whichever image has to be built first; brought up again when only the registry had survived.
    let engine: Promise<BuildEngine> | undefined;
    const askEngine = () => {
      engine ??= withMachine(around.root, around.say, async (settings) => {
        const found = await probeEngine(settings);
        return {
          ...found,
          builder: await chooseBuilder(found, builder, definition.limits.buildkitReserveBytes),
        };
      });
      return engine;
    };
    const unfit: Doors['unfit'] = (plan, call, asked) => unfitBuilder(definition, plan, call, asked);
    return { definition, inputs, doors: { registry, engine: askEngine, now: () => new Date(), unfit } };
  });
}

/**
 * Plans of the requested images, settled against their registries; one that cannot be planned has its problems.
 * @param options.guess what may not be read counts as not there: for plans that are only shown.
 */
export async function planImages(
  { inputs, definition, doors }: Workspace,
  requests: readonly ImageRequest[],
  options: { guess?: boolean } = {},
): Promise<Map<string, ImagePlan | readonly Problem[]>> {
  const planned = new Map<string, ImagePlan | readonly Problem[]>();
  const drafts: ImagePlan[] = [];
  for (const request of requests) {
    try {
      drafts.push(request.plan === undefined ? draft(inputs, definition, request) : saved(request));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      planned.set(request.project, error.problems);
    }
  }
  const settled = await settlePlans(drafts, doors.registry, options);
  for (const [index, plan] of settled.entries()) {
    const draft = drafts[index] ?? plan;
    const problem = keyProblem(draft, plan);
    planned.set(plan.project, problem ? [problem] : keepTags(plan, draft));
  }
  return planned;
}

/** A saved plan knows what it saw under each tag: one that was moved since then is not to be moved again. */
function keepTags(settled: ImagePlan, draft: ImagePlan): ImagePlan {
  return { ...settled, tagDigests: { ...settled.tagDigests, ...draft.tagDigests } };
}

/**
 * Builds the requested images, bases before the runtime images that stand on them, and yields each outcome as it comes.
 * An image that fails leaves the others going.
 */
export async function* buildImages(
  workspace: Workspace,
  requests: readonly ImageRequest[],
  around: Surroundings,
): AsyncGenerator<ImageOutcome> {
  const planned = await planImages(workspace, requests);
  const failed = new Set<string>();
  const buildOne = async (request: ImageRequest): Promise<ImageOutcome> => {
    const { project } = request;
    const plan = planned.get(project) ?? [];
    if (isProblems(plan)) return { project, problems: plan };
    if (plan.parent && failed.has(plan.parent.project)) return { project, problems: [parentFailed(plan)] };
    const [settled] = plan.state === 'waits' ? await settlePlans([plan], workspace.doors.registry) : [plan];
    const [done] = await executeImages([settled ?? plan], workspace.doors, around);
    if (done === undefined) throw new Error(`no record came of ${project}`);
    return outcomeOf(done);
  };
  // Side by side, one solve an image: the builder still does equal steps once, and one that fails stops no other.
  for (const kind of imageKinds) {
    const same = requests.filter((request) => request.kind === kind);
    for await (const outcome of asTheyEnd(same.map(buildOne))) {
      if ('problems' in outcome) failed.add(outcome.project);
      yield outcome;
    }
  }
}

async function* asTheyEnd<T>(promises: Promise<T>[]): AsyncGenerator<T> {
  const pending = new Map(
    promises.map((promise, index) => [index, promise.then((value) => ({ index, value }))]),
  );
  while (pending.size > 0) {
    const { index, value } = await Promise.race(pending.values());
    pending.delete(index);
    yield value;
  }
}

/** A record as the outcome that commands report. */
export function outcomeOf({ record, path }: { record: ImageRecord; path: string }): ImageOutcome {
  const { project } = record.plan;
  return record.problems
    ? { project, problems: record.problems }
    : { project, plan: record.plan, record, recordPath: path };
}

export const isProblems = (value: unknown): value is readonly Problem[] => Array.isArray(value);

function draft(inputs: PlanInputs, definition: Definition, request: ImageRequest): ImagePlan {
  const architecture = findArchitecture(definition, request.architecture);
  const problem = checkLock(inputs, architecture);
  if (problem) throw new Failure(problem);
  switch (request.kind) {
    case 'base':
      return planBase(inputs, architecture);
    case 'runtime':
      return planRuntime(inputs, architecture, request.version);
    case 'dev': {
      const stale = checkDevLock(inputs, architecture);
      if (stale) throw new Failure(stale);
      return planDev(inputs, architecture, request.push === true);
    }
  }
}

function saved(request: ImageRequest): ImagePlan {
  const found = readPlan(request.plan ?? '').find(({ project }) => project === request.project);
  if (found !== undefined) return found;
  throw new Failure({
    code: 'plan-unreadable',
    where: { file: request.plan ?? '' },
    message: `the plan does not hold ${request.project}`,
    remedy: `save one that does: ${commandFor(request)} --dry-run > plan.json`,
  });
}

function parentFailed(plan: ImagePlan): Problem {
  return {
    code: 'base-missing',
    message: `${plan.project} was not built, because ${plan.parent?.project} failed`,
    remedy: `mend that one, then start the same command again`,
  };
}

/** The command that a person calls for an image. */
const commandFor = ({ kind, project, architecture }: ImageRequest): string =>
  kind === 'dev'
    ? `npx nx run runtime-image:build-dev --architecture=${architecture}`
    : `npx nx run ${project}:build-image`;
