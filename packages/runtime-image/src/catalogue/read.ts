import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Architecture,
  compareVersions,
  formatVersion,
  gpuContract,
  parseReference,
  parseVersion,
  placedRepository,
  type ReleaseManifest,
  versionPattern,
} from '@slipway/contract';
import { type Registry, readImageConfiguration, readYank } from '@slipway/effects';
import { type BuildFacts, readBuildFacts, readFactsOf, recordFolder, type Workspace } from '@slipway/images';
import { readPublished } from '../release.ts';
import type {
  CatalogueArchitecture,
  CatalogueFacts,
  CatalogueImage,
  CatalogueLayer,
  CataloguePublish,
  CatalogueVersion,
} from './facts.ts';
import { layerNames } from './layer-names.ts';
import { type Made, reasons } from './reasons.ts';

/** Where the catalogue looks. */
interface Places {
  registry: Registry;
  base: string;
  runtime: string;
}

/**
 * Collects what the catalogue shows: from the registry by reading manifests and configurations, and from the records of
 * this workspace. No layer is fetched.
 * @param newest how many versions are shown in full.
 */
export async function readCatalogue(
  { definition, inputs, doors }: Workspace,
  { root, newest }: { root: string; newest: number },
): Promise<CatalogueFacts> {
  const places: Places = {
    registry: doors.registry,
    base: placedRepository(definition.repositories.base, inputs.machine),
    runtime: placedRepository(definition.repositories.runtime, inputs.machine),
  };
  const tags = await doors.registry.tags(parseReference(places.runtime));
  const all = tags
    .filter((tag) => versionPattern.test(tag))
    .map(parseVersion)
    .toSorted((a, b) => compareVersions(b, a))
    .map(formatVersion);
  const followers = await readFollowers(places, tags);
  // One more, so that the oldest that is shown has one to be compared with.
  const read = await Promise.all(
    all.slice(0, newest + 1).map((version) => readVersion(places, version, followers)),
  );
  const found = read.filter((each) => each !== undefined);
  return {
    application: definition.application.name,
    madeAt: doors.now().toISOString(),
    repositories: { base: places.base, runtime: places.runtime },
    architectures: await Promise.all(
      definition.architectures.map((each) => readArchitecture(places, each, gpuContract(each, definition))),
    ),
    versions: withReasons(found).slice(0, newest),
    olderVersions: Math.max(all.length - newest, 0),
    publishes: together(
      found.flatMap(({ publishes }) => publishes),
      readRecords(join(root, recordFolder)),
    ),
    publishLimitSeconds: definition.limits.publishTimeMs / 1000,
  };
}

async function readArchitecture(
  { registry, base }: Places,
  architecture: Architecture,
  { minimumDriver, computeCapabilities }: ReturnType<typeof gpuContract>,
): Promise<CatalogueArchitecture> {
  const { name, cuda, torch, flashAttention, python, deprecated, tag } = architecture;
  const facts = await readBuildFacts(base, tag, registry);
  const layers = await readLayers(registry, base, { tag }, dockerfileOf(facts));
  return {
    name,
    computeCapabilities,
    cuda,
    torch: torch?.version ?? null,
    flashAttention: flashAttention?.version ?? null,
    python: facts?.python ?? python,
    minimumDriver,
    deprecated,
    base: facts && layers ? { keyTag: `${tag}-${facts.key.slice(0, 12)}`, layers } : null,
  };
}

/** A version as it was read, with what its images were made of. */
interface ReadVersion extends CatalogueVersion {
  made: Record<string, Made>;
  publishes: CataloguePublish[];
}

async function readVersion(
  places: Places,
  text: string,
  followers: Record<string, string>,
): Promise<ReadVersion | undefined> {
  const { registry, runtime, base } = places;
  const version = parseVersion(text);
  const published = await readPublished(registry, runtime, version);
  if (published === undefined) return undefined;
  const { release, publishes } = published;
  const yank = await readYank(registry, runtime, version);
  const made: ReadVersion['made'] = {};
  const images = Object.entries(release.architectures).map(async ([architecture, image]) => {
    const of = {
      runtime: await readFactsOf(runtime, image.keyTag, registry),
      base: await readFactsOf(base, image.base.keyTag, registry),
    };
    made[architecture] = of;
    const read = await readImage(places, text, architecture, image, of);
    return yank === undefined ? read : { ...read, command: null };
  });
  const digests = Object.values(release.architectures).map(({ digest }) => digest);
  return {
    version: text,
    commit: release.commit,
    yanked: yank?.reason ?? null,
    followedBy: Object.keys(followers).filter((tag) => digests.includes(followers[tag] ?? '')),
    images: await Promise.all(images),
    made,
    publishes: publishes.map((each) => ({ version: text, succeeded: true, ...each })),
  };
}

async function readImage(
  { registry, runtime, base }: Places,
  version: string,
  architecture: string,
  { digest, base: stands }: ReleaseManifest['architectures'][string],
  made: Made,
): Promise<CatalogueImage> {
  const reference = `${runtime}:${architecture}-${version}`;
  const [layers = [], below = []] = await Promise.all([
    readLayers(registry, runtime, { digest }, dockerfileOf(made.runtime)),
    readLayers(registry, base, { digest: stands.digest }, dockerfileOf(made.base)),
  ]);
  const stages = new Map(below.map((layer) => [layer.digest, layer.stage]));
  return {
    architecture,
    reference,
    digest,
    baseKeyTag: stands.keyTag,
    // The runtime's own history calls all of its base's layers by the name of the base.
    layers: layers.map((layer) => ({ ...layer, stage: stages.get(layer.digest) ?? layer.stage })),
    why: null,
    command: `npx slipway run --image ${reference}`,
  };
}

/** Layers of an image; undefined when it is not there. */
async function readLayers(
  registry: Registry,
  repository: string,
  at: { tag: string } | { digest: string },
  dockerfile: readonly string[],
): Promise<CatalogueLayer[] | undefined> {
  const reference = { ...parseReference(repository), tag: null, digest: null, ...at };
  const manifest = await registry.manifest(reference);
  if (manifest === undefined) return undefined;
  const { layers = [] } = JSON.parse(manifest.raw) as { layers?: { digest: string; size: number }[] };
  const names = layerNames(
    dockerfile,
    await readImageConfiguration(registry, reference, manifest),
    layers.length,
  );
  return layers.map(({ digest, size }, index) => ({ digest, bytes: size, stage: names[index] ?? '' }));
}

const dockerfileOf = (facts: BuildFacts | undefined): string[] => {
  const lines = facts?.components.dockerfile;
  return Array.isArray(lines) ? lines.map(String) : [];
};

/** Each image against that of the version before it, of the same architecture. */
function withReasons(versions: readonly ReadVersion[]): CatalogueVersion[] {
  return versions.map(({ made, publishes: _, ...version }, index) => ({
    ...version,
    images: version.images.map((image): CatalogueImage => {
      const { architecture } = image;
      const before = versions.slice(index + 1).find((each) => architecture in each.made);
      return {
        ...image,
        why: reasons(architecture, made[architecture], before?.made[architecture]),
      };
    }),
  }));
}

/** Tags that people follow, and what they are at. */
async function readFollowers({ registry, runtime }: Places, tags: readonly string[]) {
  const asked = tags
    .filter((tag) => /-(?:latest|rc)$/.test(tag))
    .sort()
    .map(async (tag) => [tag, (await registry.digest(parseReference(`${runtime}:${tag}`))) ?? ''] as const);
  return Object.fromEntries(await Promise.all(asked));
}

/** Those that the versions tell, and what only a record knows: one that failed, or that found all of it there. */
function together(
  told: readonly CataloguePublish[],
  recorded: readonly CataloguePublish[],
): CataloguePublish[] {
  const key = ({ version, startedAt }: CataloguePublish) => `${version} ${startedAt}`;
  const all = new Map([...recorded, ...told].map((each) => [key(each), each]));
  return [...all.values()].toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

/** Publishes that were recorded in this workspace. */
function readRecords(folder: string): CataloguePublish[] {
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('-publish.json'))
    : [];
  return names.sort().flatMap((name): CataloguePublish[] => {
    const record = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
      version?: string;
      startedAt?: string;
      durationSeconds?: number;
      images?: unknown[];
      problems?: unknown[];
    };
    const { version, startedAt, durationSeconds, images = [], problems = [] } = record;
    if (version === undefined || startedAt === undefined || durationSeconds === undefined) return [];
    const succeeded = problems.length === 0;
    return [{ version, startedAt, seconds: durationSeconds, images: images.length, succeeded }];
  });
}
