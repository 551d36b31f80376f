import { Failure, normalizePythonName, parseReference, placedRepository } from '@slipway/contract';
import {
  type Advisory,
  type AdvisoryRecord,
  openPackageIndex,
  type PackageIndex,
  readAdvisories,
} from '@slipway/effects';
import { type BuildFacts, readBuildFacts, readImageLock, readLock, type Workspace } from '@slipway/images';
import { advisoriesFor, byPackage, distribution, pypi } from './outdated-advisories.ts';
import {
  type Finding,
  findOutdated,
  type NotKnown,
  type OutdatedFacts,
  type SystemPackage,
} from './outdated-plan.ts';

/**
 * Holds the definition and its locks against what the package index, the registry of the OS image and an advisory source
 * know now. What cannot be asked is a finding of its own.
 * @param folder with OSV records; absent: the package index is asked.
 * @throws Failure `advisories-unreadable`, `index-unreachable` where no index can be meant.
 */
export async function outdated(
  workspace: Workspace,
  { root, folder }: { root: string; folder?: string },
  index: PackageIndex = openPackageIndex(),
): Promise<Finding[]> {
  const { definition, inputs } = workspace;
  const locked = Object.fromEntries(
    Object.entries(inputs.locks).map(([name, { requirements, native }]) => [
      name,
      [...readLock(requirements), ...readLock(native)].map((each) => ({
        name: normalizePythonName(each.name),
        version: each.version,
      })),
    ]),
  );
  const { architectures } = definition;
  const used = architectures.flatMap(({ name }) => locked[name] ?? []);
  const records = folder === undefined ? undefined : readAdvisories(folder);
  const ask = (wanted: boolean, name: string) => (wanted ? releasesOf(index, name) : []);
  const [torch, flash, os, advisories, system] = await Promise.all([
    ask(
      architectures.some((each) => each.torch !== null),
      'torch',
    ),
    ask(
      architectures.some((each) => each.flashAttention !== null),
      'flash-attn',
    ),
    osImage(workspace, root),
    records === undefined ? askIndex(index, used) : lookUp(records, used),
    systemPackages(workspace, records),
  ]);
  return findOutdated({
    architectures,
    locked,
    releases: { torch, 'flash-attn': flash },
    os,
    advisories,
    advisorySource: folder ?? index.url,
    system,
  });
}

async function releasesOf(index: PackageIndex, name: string): Promise<OutdatedFacts['releases']['torch']> {
  try {
    return (await index.releases(name)) ?? `${index.url} has no ${name}`;
  } catch (error) {
    return messageOf(error);
  }
}

async function osImage({ definition, inputs, doors }: Workspace, root: string): Promise<OutdatedFacts['os']> {
  const name = definition.images.os;
  const { substitutes, mirrors } = inputs.machine;
  const os = { name, locked: readImageLock(root)[name] ?? null, current: null, why: null };
  if (parseReference(name).digest !== null) return os;
  if (substitutes[name] !== undefined)
    return {
      ...os,
      why: {
        what: 'a substitute stands in its place on this machine',
        remedy: 'call it on a machine that has the image itself',
      },
    };
  if (os.locked === null) {
    return { ...os, why: { what: 'which one is used is not locked', remedy: 'npx nx run base-images:lock' } };
  }
  try {
    const current = await doors.registry.digest(parseReference(mirrors[name] ?? name));
    return {
      ...os,
      current: current ?? null,
      why:
        current === undefined
          ? {
              what: 'it does not exist any more',
              remedy:
                'name another one as os in [images] of slipway.toml, then npx nx run base-images:lock --upgrade',
            }
          : null,
    };
  } catch (error) {
    return { ...os, why: { what: messageOf(error), remedy: 'call it where its registry can be asked' } };
  }
}

type Used = readonly { name: string; version: string }[];

/** Asks for every package once. An index that does not know them is not asked for all of them. */
async function askIndex(index: PackageIndex, used: Used): Promise<OutdatedFacts['advisories']> {
  const all = [...new Map(used.map((each) => [`${each.name} ${each.version}`, each])).entries()];
  const found: Record<string, Advisory[] | undefined> = {};
  const ask = async ([key, { name, version }]: (typeof all)[number]) => {
    try {
      found[key] = await index.advisories(name, version);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  };
  const first = all.slice(0, 8);
  await Promise.all(first.map(ask));
  if (first.every(([key]) => found[key] === undefined)) return found;
  for (let at = first.length; at < all.length; at += 8) await Promise.all(all.slice(at, at + 8).map(ask));
  return found;
}

/** The advisories of Python packages; undefined of each when the records are about none of them. */
export function lookUp(records: readonly AdvisoryRecord[], used: Used): OutdatedFacts['advisories'] {
  const about = byPackage(records, pypi);
  return Object.fromEntries(
    used.map(({ name, version }) => [
      `${name} ${version}`,
      about && advisoriesFor(about.get(name) ?? [], name, version),
    ]),
  );
}

/** Of each architecture what is known of the packages that the verification of its newest base found. */
async function systemPackages(
  { definition, inputs, doors }: Workspace,
  records: readonly AdvisoryRecord[] | undefined,
): Promise<OutdatedFacts['system']> {
  const repository = placedRepository(definition.repositories.base, inputs.machine);
  const found = definition.architectures.map(async ({ name, tag }) => {
    if (records === undefined) return [name, unasked] as const;
    let facts: BuildFacts | undefined;
    try {
      facts = await readBuildFacts(repository, tag, doors.registry);
    } catch (error) {
      const remedy = 'call it where the repository of the bases can be asked';
      return [name, { what: messageOf(error), remedy }] as const;
    }
    return [name, checkSystem(name, facts, records)] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

const exportOf = (name: string): string =>
  `name a folder that has the OSV records of ${name} too, from https://osv.dev/#use-vulnerability-data: --advisories=FOLDER`;

const unasked: NotKnown = {
  what: 'they are not checked, since a package index knows of Python packages only',
  remedy: exportOf('the distribution'),
};

/** The packages of a base that have advisories, each source package once; or why that is not known. */
export function checkSystem(
  name: string,
  facts: Pick<BuildFacts, 'system'> | undefined,
  records: readonly AdvisoryRecord[],
): readonly SystemPackage[] | NotKnown {
  if (facts === undefined) {
    return { what: 'its base is not in the registry', remedy: `npx nx run base-${name}:build-image` };
  }
  const { system } = facts;
  if (system === undefined) {
    return { what: 'what its verification found is not kept', remedy: `npx nx run base-${name}:verify` };
  }
  const ecosystem = distribution(system.id, system.version);
  const title = ecosystem?.name ?? `${system.id} ${system.version}`;
  const about = ecosystem && byPackage(records, ecosystem);
  if (!about) {
    return { what: `the folder of advisories has none about ${title}`, remedy: exportOf(title) };
  }
  if (system.packages.some(({ source }) => source === undefined)) {
    return {
      what: 'of its packages the source packages were not kept, which advisories are about',
      remedy: `npx nx run base-${name}:verify`,
    };
  }
  const sources = new Map(
    system.packages.map(({ source = '', source_version: version = '' }) => [
      `${source} ${version}`,
      { name: source, version },
    ]),
  );
  return [...sources.values()]
    .map((each) => ({
      ...each,
      advisories: advisoriesFor(about.get(each.name) ?? [], each.name, each.version, ecosystem),
    }))
    .filter(({ advisories }) => advisories.length > 0);
}

function messageOf(error: unknown): string {
  if (error instanceof Failure) return error.problems[0]?.message ?? '';
  throw error;
}
