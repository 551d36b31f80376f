import { parseReference, parseReleaseManifest } from '@slipway/contract';
import type { Manifest, Registry } from '@slipway/effects';
import { buildKey, type KeyComponents } from '@slipway/images';
import type { HeldFacts, HeldManifest, HeldRepository } from './prune-facts.ts';
import { notesTag, tagRole } from './prune-tags.ts';

/**
 * Reads what a repository holds. What was read before is taken from there where it cannot have changed: only tags are
 * listed anew, and those looked at again that move.
 * @param thorough whether those too that seldom do: release manifests, which later architectures extend.
 * @param moving tags of the bases, such as `cpu`.
 */
export async function readHeld(
  registry: Registry,
  repository: string,
  moving: readonly string[],
  { before, thorough = true }: { before?: HeldRepository; thorough?: boolean } = {},
): Promise<HeldRepository> {
  const held: HeldRepository = {
    repository,
    roles: {},
    tags: {},
    manifests: {},
    releases: {},
    facts: {},
    notes: before?.notes ?? {},
  };
  const tags = await registry.tags(parseReference(repository));
  await inParallel(16, tags, async (tag) => {
    const role = tagRole(tag, moving);
    const known = before?.tags[tag];
    // Other tags are written once; those of others are nobody's promise.
    const moves = ['moving', 'foreign', 'unproven'].includes(role.role);
    const again = moves || (thorough && ['release', 'attached', 'notes'].includes(role.role));
    const digest = known !== undefined && !again ? known : await digestAt(registry, repository, tag);
    if (digest === undefined) return;
    const seen = before?.manifests[digest];
    const manifest = seen === undefined ? await manifestAt(registry, repository, digest) : undefined;
    // Someone deleted it meanwhile.
    if (seen === undefined && manifest === undefined) return;
    held.roles[tag] = role;
    held.tags[tag] = digest;
    held.manifests[digest] = seen ?? describe(manifest as Manifest);
    const same = known === digest;
    if (role.role === 'release') {
      const release = same ? before?.releases[role.version] : undefined;
      held.releases[role.version] = release ?? (await readRelease(registry, repository, digest, manifest));
    }
    if (role.role === 'facts') {
      const facts = same
        ? before?.facts[role.keyTag]
        : await readFacts(registry, repository, digest, manifest);
      if (facts) held.facts[role.keyTag] = facts;
    }
    if (tag === notesTag && !same) {
      held.notes = readNotes(await artifactText(registry, repository, digest, manifest));
    }
  });
  return held;
}

function describe({ digest, raw }: Manifest): HeldManifest {
  const { config, layers = [], manifests = [], subject, annotations } = JSON.parse(raw) as RawManifest;
  const parts = [...(config ? [config] : []), ...layers].map((each) => [each.digest, each.size] as const);
  return {
    blobs: { ...Object.fromEntries(parts), [digest]: Buffer.byteLength(raw) },
    names: [...manifests.map((each) => each.digest), ...(subject ? [subject.digest] : [])],
    base: annotations?.['org.opencontainers.image.base.digest'] ?? null,
  };
}

interface RawManifest {
  config?: { digest: string; size: number };
  layers?: { digest: string; size: number }[];
  manifests?: { digest: string }[];
  subject?: { digest: string };
  annotations?: Record<string, string>;
}

/** Notes that cannot be read count as none: then the time begins anew. */
function readNotes(text: string): Record<string, string> {
  try {
    return (JSON.parse(text) as { unreferenced?: Record<string, string> }).unreferenced ?? {};
  } catch {
    return {};
  }
}

async function readRelease(
  registry: Registry,
  repository: string,
  digest: string,
  manifest: Manifest | undefined,
): Promise<HeldRepository['releases'][string]> {
  const text = await artifactText(registry, repository, digest, manifest);
  const images = Object.values(parseReleaseManifest(text, `${repository}@${digest}`).architectures);
  return {
    digests: images.flatMap((image) => [image.digest, image.base.digest]),
    keyTags: images.map(({ keyTag }) => keyTag),
  };
}

async function readFacts(
  registry: Registry,
  repository: string,
  digest: string,
  manifest: Manifest | undefined,
): Promise<HeldFacts | undefined> {
  const text = await artifactText(registry, repository, digest, manifest);
  const { components } = JSON.parse(text) as { components?: KeyComponents };
  if (components?.application === undefined) return undefined;
  const { application, base, tools } = components;
  return {
    digests: [base, tools].filter((each) => typeof each === 'string'),
    // As a plan names it (`settle` of the package images).
    application: `application-${buildKey({ application, tools: tools ?? null }).slice(0, 12)}`,
  };
}

async function artifactText(
  registry: Registry,
  repository: string,
  digest: string,
  manifest: Manifest | undefined,
): Promise<string> {
  const found = manifest ?? (await manifestAt(registry, repository, digest));
  const { layers = [] } = JSON.parse(found?.raw ?? '{}') as RawManifest;
  return layers[0] === undefined ? '{}' : registry.blob(parseReference(repository), layers[0].digest);
}

const digestAt = (registry: Registry, repository: string, tag: string) =>
  registry.digest({ ...parseReference(repository), tag });

const manifestAt = (registry: Registry, repository: string, digest: string) =>
  registry.manifest({ ...parseReference(repository), tag: null, digest });

/** Does something for all of many things, a few at a time. */
async function inParallel<T>(limit: number, all: readonly T[], does: (each: T) => Promise<void>) {
  const left = [...all];
  const worker = async () => {
    for (let each = left.shift(); each !== undefined; each = left.shift()) await does(each);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}
