import { parseReference, parseReleaseManifest } from '@slipway/contract';
import { type Manifest, openArtifact, type Registry, readImageConfiguration } from '@slipway/effects';
import { buildFactsType, buildKey, type KeyComponents } from '@slipway/images';
import type { HeldFacts, HeldManifest, HeldRepository } from './prune-facts.ts';
import { isOurs, notesTag, type OurTags, type TagRole, tagRole } from './prune-tags.ts';

/**
 * Reads what a repository holds. What was read before is taken from there where it cannot have changed: only tags are
 * listed anew, and those looked at again that move.
 * @param ours what the definition's tags begin with.
 * @param thorough whether those too that seldom do: release manifests, which later architectures extend.
 */
export async function readHeld(
  registry: Registry,
  repository: string,
  ours: OurTags,
  { before, thorough = true }: { before?: HeldRepository; thorough?: boolean } = {},
): Promise<HeldRepository> {
  const held: HeldRepository = {
    repository,
    roles: {},
    tags: {},
    manifests: {},
    releases: {},
    facts: {},
    created: {},
    notes: before?.notes ?? {},
    notedAt: before?.notedAt ?? null,
  };
  const tags = await registry.tags(parseReference(repository));
  const all = new Set(tags);
  await inParallel(16, tags, async (tag) => {
    const form = before?.roles[tag] ?? tagRole(tag, ours);
    const known = before?.tags[tag];
    // Other tags are written once; those of others are nobody's promise.
    const moves = ['moving', 'foreign', 'unproven', 'deprecation'].includes(form.role);
    const again = moves || (thorough && ['release', 'attached', 'notes'].includes(form.role));
    const digest = known !== undefined && !again ? known : await digestAt(registry, repository, tag);
    if (digest === undefined) return;
    const same = known === digest;
    const seen = before?.manifests[digest];
    const manifest = same && seen ? undefined : await manifestAt(registry, repository, digest);
    // Someone deleted it meanwhile.
    if (!(same && seen) && manifest === undefined) return;
    const role = manifest ? await proven(registry, repository, tag, { manifest, ours, all }) : form;
    held.roles[tag] = role;
    held.tags[tag] = digest;
    held.manifests[digest] = seen ?? describe(manifest as Manifest);
    if (role.role === 'release') {
      const release = same ? before?.releases[role.version] : undefined;
      held.releases[role.version] = release ?? (await readRelease(registry, repository, digest, manifest));
    }
    if (role.role === 'facts') {
      const facts = same
        ? before?.facts[role.keyTag]
        : await readFacts(registry, repository, digest, manifest);
      if (facts) held.facts[role.keyTag] = facts;
      const created = manifest ? createdAt(manifest) : before?.created[role.keyTag];
      if (created !== undefined) held.created[role.keyTag] = created;
    }
    if (tag === notesTag && !same) {
      Object.assign(held, readNotes(await artifactText(registry, repository, digest, manifest)));
    }
  });
  await readNamed(registry, held, before);
  return held;
}

/** What a tag is for; one that only looks like ours is somebody else's. */
async function proven(
  registry: Registry,
  repository: string,
  tag: string,
  { manifest, ours, all }: { manifest: Manifest; ours: OurTags; all: ReadonlySet<string> },
): Promise<TagRole> {
  const role = tagRole(tag, ours);
  const type = rawOf(manifest).artifactType ?? null;
  const first = { labels: {}, type, hasFacts: false };
  if (isOurs(tag, role, ours, first)) return role;
  const labels = await labelsOf(registry, repository, manifest);
  if (isOurs(tag, role, ours, { ...first, labels })) return role;
  const beside = role.role === 'key' && all.has(`${tag}.build`) ? `${tag}.build` : undefined;
  const facts = beside && (await registry.manifest({ ...parseReference(repository), tag: beside }));
  const hasFacts = Boolean(facts && rawOf(facts).artifactType === buildFactsType);
  return isOurs(tag, role, ours, { ...first, labels, hasFacts }) ? role : { role: 'foreign' };
}

/** Labels of an image; none where it has none that can be read: then the tag counts as somebody else's, and stays. */
async function labelsOf(
  registry: Registry,
  repository: string,
  manifest: Manifest,
): Promise<Record<string, string>> {
  try {
    return (
      (await readImageConfiguration(registry, parseReference(repository), manifest)).config?.Labels ?? {}
    );
  } catch {
    return {};
  }
}

/** Reads what manifests name that no tag leads to, however deep: indexes of indexes, what something is attached to. */
async function readNamed(
  registry: Registry,
  { repository, manifests }: HeldRepository,
  before: HeldRepository | undefined,
): Promise<void> {
  const looked = new Set(Object.keys(manifests));
  for (let open = [...looked]; open.length > 0; ) {
    const named = [...new Set(open.flatMap((digest) => manifests[digest]?.names ?? []))];
    open = named.filter((digest) => !looked.has(digest));
    for (const digest of open) looked.add(digest);
    await inParallel(16, open, async (digest) => {
      const seen = before?.manifests[digest];
      const manifest = seen ? undefined : await manifestAt(registry, repository, digest);
      if (seen ?? manifest) manifests[digest] = seen ?? describe(manifest as Manifest);
    });
  }
}

function describe(manifest: Manifest): HeldManifest {
  const { digest, raw } = manifest;
  const { config, layers = [], manifests = [], subject, annotations } = rawOf(manifest);
  const parts = [...(config ? [config] : []), ...layers].map((each) => [each.digest, each.size] as const);
  return {
    blobs: { ...Object.fromEntries(parts), [digest]: Buffer.byteLength(raw) },
    names: [...manifests.map((each) => each.digest), ...(subject ? [subject.digest] : [])],
    base: annotations?.['org.opencontainers.image.base.digest'] ?? null,
  };
}

interface RawManifest {
  artifactType?: string;
  config?: { digest: string; size: number };
  layers?: { digest: string; size: number }[];
  manifests?: { digest: string }[];
  subject?: { digest: string };
  annotations?: Record<string, string>;
}

const rawOf = ({ raw }: Manifest): RawManifest => JSON.parse(raw) as RawManifest;

/** When build facts were written; undefined where they do not say so, or nothing that is a date. */
function createdAt(manifest: Manifest): string | undefined {
  const date = new Date(rawOf(manifest).annotations?.['org.opencontainers.image.created'] ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** Notes that cannot be read count as none: then the time begins anew. */
function readNotes(text: string): Pick<HeldRepository, 'notes' | 'notedAt'> {
  try {
    const read = JSON.parse(text) as { unreferenced?: Record<string, string>; at?: string };
    return { notes: read.unreferenced ?? {}, notedAt: read.at ?? null };
  } catch {
    return { notes: {}, notedAt: null };
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
  const at = { ...parseReference(repository), tag: null, digest };
  return (await openArtifact(registry, at, { manifest }))?.text ?? '{}';
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
