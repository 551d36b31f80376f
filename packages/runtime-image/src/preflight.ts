import {
  type Architecture,
  Failure,
  findArchitecture,
  type Problem,
  parseReference,
} from '@slipway/contract';
import { type Registry, readImageLabels } from '@slipway/effects';
import { type BuildFacts, type ImagePlan, readFactsOf, type Workspace } from '@slipway/images';
import prettyBytes from 'pretty-bytes';
import { closureProblems } from './closure.ts';

/**
 * What would go wrong later, said before anything is built: a base that is not there or not ours, dependencies that it
 * does not have, a repository that may not be written, a disk that is too small.
 */
export async function preflight(
  { definition, inputs, doors }: Workspace,
  plans: readonly ImagePlan[],
): Promise<{ problems: Problem[]; notes: string[] }> {
  const problems: Problem[] = [];
  const notes: string[] = [];
  const told = async (does: () => Promise<Problem[]>) => {
    try {
      problems.push(...(await does()));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problems.push(...error.problems);
    }
  };
  await Promise.all([
    ...plans.map((plan) =>
      told(async () => {
        const architecture = findArchitecture(definition, plan.architecture);
        if (plan.state === 'waits') return [await baseProblem(plan, architecture, doors.registry)];
        notes.push(...copyNotes(plan));
        if (plan.state !== 'build') return [];
        const facts = await baseFacts(plan, doors.registry);
        return closureProblems(architecture, plan.parent?.reference ?? '', facts, inputs.pyproject);
      }),
    ),
    ...[...new Set(plans.map(({ repository }) => repository))].map((repository) =>
      told(async () => {
        await doors.registry.checkPush(parseReference(repository));
        return [];
      }),
    ),
    told(() => diskProblems(plans, doors)),
  ]);
  return { problems, notes };
}

/** Why a base is not there: never built from these inputs, or made by someone else. */
async function baseProblem(
  plan: ImagePlan,
  { name, tag }: Architecture,
  registry: Registry,
): Promise<Problem> {
  const parent = parseReference(plan.parent?.reference ?? '');
  const build = `npx nx run ${plan.parent?.project}:build-image`;
  const labels = await readImageLabels(registry, { ...parent, tag, digest: null }).catch((error: unknown) => {
    if (error instanceof Failure && error.problems[0]?.code === 'image-missing') return undefined;
    throw error;
  });
  if (labels !== undefined && labels.labels['io.slipway.build.key'] === undefined) {
    return {
      code: 'base-missing',
      message: `${name}: the base ${parent.repository}:${tag} was not made by Slipway: it does not say what it holds`,
      remedy: `let Slipway make it, which moves the tag and leaves the old image where it is: ${build}`,
    };
  }
  return {
    code: 'base-missing',
    message:
      labels === undefined
        ? `${name}: ${plan.parent?.reference} is not in the registry`
        : `${name}: the base ${parent.repository}:${tag} was made from something else than the definition says now: ${parent.tag} is not in the registry`,
    remedy: `${build}, or publish without it: --architectures=...`,
  };
}

/** What was recorded with the base that an image stands on, read without pulling it. */
function baseFacts(plan: ImagePlan, registry: Registry): Promise<BuildFacts | undefined> {
  const reference = plan.parent?.reference ?? '';
  const { tag } = parseReference(reference);
  return readFactsOf(reference.slice(0, reference.lastIndexOf(':')), tag ?? '', registry);
}

/** Layers of the base can only be mounted within one registry; into another one they go through this machine. */
function copyNotes(plan: ImagePlan): string[] {
  const from = parseReference(plan.parent?.reference ?? '').registry;
  const to = parseReference(plan.repository).registry;
  if (from === to || plan.state !== 'build') return [];
  return [
    `${plan.architecture}: the base lies in ${from} and the image goes to ${to}: all layers of the base are copied through the builder`,
  ];
}

/** Bytes that laying out an application takes of the engine's disk: the tools image unpacked, and some room. */
const neededBytes = 600e6;

async function diskProblems(plans: readonly ImagePlan[], doors: Workspace['doors']): Promise<Problem[]> {
  if (!plans.some(({ state }) => state === 'build')) return [];
  const { diskFreeBytes, builder, dataRoot } = await doors.engine();
  if (!builder.isEngine || diskFreeBytes === undefined || diskFreeBytes >= neededBytes) return [];
  return [
    {
      code: 'host-unfit',
      message: `${prettyBytes(diskFreeBytes)} are free on the engine's disk (${dataRoot}); laying out the application takes ${prettyBytes(neededBytes)}`,
      remedy: 'free some, for example with docker builder prune',
    },
  ];
}
