import { Failure, normalizePythonName, parseReference } from '@slipway/contract';
import { type Advisory, openPackageIndex, type PackageIndex, readAdvisories } from '@slipway/effects';
import { readImageLock, readLock, type Workspace } from '@slipway/images';
import { advisoriesFor } from './outdated-advisories.ts';
import { type Finding, findOutdated, type OutdatedFacts } from './outdated-plan.ts';

/**
 * Holds the definition and its locks against what the package index, the registry of the OS image and an advisory source
 * know now. What cannot be asked is a finding of its own.
 * @param folder with OSV records; absent: the package index is asked.
 * @throws Failure `advisories-unreadable`.
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
  const used = definition.architectures.flatMap(({ name }) => locked[name] ?? []);
  const [torch, flash, os, advisories] = await Promise.all([
    releasesOf(index, 'torch'),
    releasesOf(index, 'flash-attn'),
    osImage(workspace, root),
    folder === undefined ? askIndex(index, used) : lookUp(folder, used),
  ]);
  return findOutdated({
    architectures: definition.architectures,
    locked,
    releases: { torch, 'flash-attn': flash },
    os,
    advisories,
    advisorySource: folder ?? index.url,
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
    return { ...os, why: 'a substitute stands in its place on this machine' };
  if (os.locked === null) return { ...os, why: 'it is not locked: npx nx run base-images:lock' };
  try {
    const current = await doors.registry.digest(parseReference(mirrors[name] ?? name));
    return {
      ...os,
      current: current ?? null,
      why: current === undefined ? 'it does not exist any more' : null,
    };
  } catch (error) {
    return { ...os, why: messageOf(error) };
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

async function lookUp(folder: string, used: Used): Promise<OutdatedFacts['advisories']> {
  const records = readAdvisories(folder);
  return Object.fromEntries(
    used.map(({ name, version }) => [`${name} ${version}`, advisoriesFor(records, name, version)]),
  );
}

function messageOf(error: unknown): string {
  if (error instanceof Failure) return error.problems[0]?.message ?? '';
  throw error;
}
