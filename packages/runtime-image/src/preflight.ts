import {
  type Architecture,
  Failure,
  findArchitecture,
  formatVersion,
  type Problem,
  parseReference,
  type Version,
} from '@slipway/contract';
import { type Registry, readImageLabels } from '@slipway/effects';
import {
  type BuildFacts,
  compressedBytes,
  type ImagePlan,
  readFactsOf,
  type Workspace,
} from '@slipway/images';
import prettyBytes from 'pretty-bytes';
import { baseRemedy } from './base-remedy.ts';
import { closureProblems } from './closure.ts';

/**
 * What would go wrong later, said before anything is built: a base that is not there or not ours, dependencies that it
 * does not have, a repository that may not be written, a disk that is too small.
 */
export async function preflight(
  { definition, inputs, doors }: Workspace,
  plans: readonly ImagePlan[],
  version: Version,
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
        if (plan.state === 'waits') return [await baseProblem(plan, architecture, version, doors.registry)];
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
    told(async () => {
      const fetched = await readFetched(plans, doors.registry);
      notes.push(...describeFetched(fetched));
      return diskProblems(plans, fetched, doors);
    }),
  ]);
  return { problems, notes };
}

/** Why a base is not there: never built from these inputs, or made by someone else. */
async function baseProblem(
  plan: ImagePlan,
  { name, tag }: Architecture,
  version: Version,
  registry: Registry,
): Promise<Problem> {
  const parent = parseReference(plan.parent?.reference ?? '');
  const build = baseRemedy(plan.parent?.project ?? '', name, formatVersion(version));
  // The base itself may be there, and the tools image that goes with it not.
  if ((await registry.digest(parent)) !== undefined) {
    return { code: 'base-missing', message: `${name}: the image ${plan.reason}`, remedy: build };
  }
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

/** Bytes that runtime images fetch, by reading manifests alone. */
export interface Fetched {
  /** Compressed bytes of the helper images that they are laid out with, each once. */
  helperBytes: number;
  /** Of each base that is copied because it lies in another registry, whose layers cannot be mounted. */
  copied: { architecture: string; from: string; to: string; bytes: number }[];
  /** Compressed bytes of the bases that are not fetched at all. */
  remoteBytes: number;
}

/** What building some plans fetches. */
async function readFetched(plans: readonly ImagePlan[], registry: Registry): Promise<Fetched> {
  const sizes = new Map<string, Promise<number>>();
  const sizeOf = (reference: string): Promise<number> => {
    const known = sizes.get(reference) ?? registry.manifest(parseReference(reference)).then(compressedBytes);
    sizes.set(reference, known);
    return known;
  };
  const fetched: Fetched = { helperBytes: 0, copied: [], remoteBytes: 0 };
  const helpers = new Set<string>();
  const building = plans.filter(({ state }) => state === 'build');
  for (const plan of building) {
    // An application image that is made here is fetched by nobody.
    const made = plan.builds.map(({ push }) => push);
    for (const { images } of plan.builds) {
      for (const [name, reference] of Object.entries(images)) {
        if (name !== 'slipway/base' && !made.includes(reference)) helpers.add(reference);
      }
    }
  }
  const bases = building.map(({ parent }) => parent?.reference ?? '');
  // All at once: each is a question to a registry that may be far away.
  await Promise.all([...bases, ...helpers].map(sizeOf));
  for (const [index, { architecture, repository }] of building.entries()) {
    const base = bases[index] ?? '';
    const [from, to] = [parseReference(base).registry, parseReference(repository).registry];
    const bytes = await sizeOf(base);
    if (from === to) fetched.remoteBytes += bytes;
    else fetched.copied.push({ architecture, from, to, bytes });
  }
  for (const helper of helpers) fetched.helperBytes += await sizeOf(helper);
  return fetched;
}

/** What a person should know of it before it begins. */
export function describeFetched({ helperBytes, copied, remoteBytes }: Fetched): string[] {
  return [
    ...(helperBytes + remoteBytes > 0
      ? [
          `fetches at most ${prettyBytes(helperBytes)} to lay out the application; ${prettyBytes(remoteBytes)} of base images stay where they are`,
        ]
      : []),
    ...copied.map(
      ({ architecture, from, to, bytes }) =>
        `${architecture}: the base lies in ${from} and the image goes to ${to}: all of its ${prettyBytes(bytes)} are copied through the builder`,
    ),
  ];
}

/**
 * Bytes of the engine's disk that it takes: what is fetched is kept and unpacked, to about three times its size
 * (measured: 17 MB become 59 MB); copied layers are only kept. The rest is room for the back end that builds the application
 * and the layers that are made.
 */
export const neededBytes = ({ helperBytes, copied }: Fetched): number =>
  4 * helperBytes + copied.reduce((sum, { bytes }) => sum + bytes, 0) + 100e6;

async function diskProblems(
  plans: readonly ImagePlan[],
  fetched: Fetched,
  doors: Workspace['doors'],
): Promise<Problem[]> {
  const building = plans.filter(({ state }) => state === 'build');
  if (building.length === 0) return [];
  const needed = neededBytes(fetched);
  const guard = Math.min(...building.map(({ diskGuardBytes }) => diskGuardBytes ?? Number.POSITIVE_INFINITY));
  if (needed > guard) {
    return [
      {
        code: 'host-unfit',
        where: { file: 'slipway.toml' },
        message: `publishing takes ${prettyBytes(needed)} of the engine's disk, disk_guard allows ${prettyBytes(guard)}`,
        remedy: 'publish to the registry that has the bases, or raise limits.disk_guard',
      },
    ];
  }
  const { diskFreeBytes, builder, dataRoot } = await doors.engine();
  if (!builder.isEngine || diskFreeBytes === undefined || diskFreeBytes >= needed) return [];
  return [
    {
      code: 'host-unfit',
      message: `${prettyBytes(diskFreeBytes)} are free on the engine's disk (${dataRoot}); publishing takes ${prettyBytes(needed)}`,
      remedy: 'free some, for example with docker builder prune',
    },
  ];
}
