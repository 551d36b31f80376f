import { Failure, parseReference } from '@slipway/contract';
import { type Manifest, type Registry, readImageConfiguration } from '@slipway/effects';
import prettyBytes from 'pretty-bytes';
import { copiedStages } from './dockerfile.ts';
import { type ImagePlan, imageCall, newestTags } from './plan.ts';
import { type ImageRecord, type Layer, ownLayers } from './record.ts';

/**
 * Compressed bytes that one layer may have. GitHub's registry allows 10 GB and ends an upload after 10 minutes, which
 * takes 3 GB at 5 MB/s.
 */
const largestLayer = 3e9;

/**
 * Layers of an image, each with the stage it came from, and checked to begin with the parent's, layer by layer.
 * @throws Failure `image-missing` when they do not.
 */
export async function layersOf(plan: ImagePlan, manifest: Manifest, registry: Registry): Promise<Layer[]> {
  const layers = readLayers(manifest.raw);
  const parent = plan.parent && (await registry.manifest(parseReference(plan.parent.reference)));
  const below = parent ? readLayers(parent.raw) : [];
  const differs = below.findIndex((layer, index) => layer.digest !== layers[index]?.digest);
  if (differs !== -1) {
    throw new Failure({
      code: 'image-missing',
      message: `layer ${differs + 1} of ${plan.repository}:${plan.keyTag} is not that of its base ${plan.parent?.reference}`,
      remedy: `build both again: npx nx run ${plan.parent?.project}:build-image, then npx nx run ${plan.project}:build-image`,
    });
  }
  const stages = await stagesOf(plan, manifest, layers.length, registry);
  return layers.map((layer, index) => ({
    digest: layer.digest,
    bytes: layer.size,
    fromParent: index < below.length,
    stage: stages[index] ?? '',
  }));
}

/**
 * Name of the stage that each layer came from. The last instructions of an image only copy from stages, so the last
 * layers of its history are theirs, in their order; an empty tree may have left none.
 */
async function stagesOf(
  plan: ImagePlan,
  manifest: Manifest,
  count: number,
  registry: Registry,
): Promise<string[]> {
  const call = imageCall(plan);
  if (call === undefined) return [];
  const { from, copied } = copiedStages(call.dockerfile, call.target);
  const reference = { ...parseReference(plan.repository), digest: manifest.digest };
  const { history = [] } = await readImageConfiguration(registry, reference, manifest);
  const entries = history.map((entry) => ({ stage: from, empty: entry.empty_layer === true }));
  // Metadata of the last stage leave entries without a layer among the copies.
  const copies = history.flatMap((entry, index) => (/^COPY /.test(entry.created_by ?? '') ? [index] : []));
  for (const [index, at] of copies.slice(-copied.length).entries()) {
    const entry = entries[at];
    if (entry) entry.stage = copied[index] ?? from;
  }
  const names = entries.filter(({ empty }) => !empty).map(({ stage }) => stage);
  return names.length === count ? names : [];
}

/** An image over its limit keeps its key tag, for whoever looks for the reason, and gets no other. */
export function checkLimit({ kind, limit, project }: ImagePlan, layers: readonly Layer[]): void {
  const { own, bytes } = ownLayers(layers);
  const over = own.find((layer) => layer.bytes > largestLayer);
  if (over !== undefined) {
    throw new Failure({
      code: 'limit-exceeded',
      message: `the layer ${over.stage} of ${project} has ${prettyBytes(over.bytes)} (compressed), and ${prettyBytes(largestLayer)} is what registries take safely`,
      remedy: 'split its stage in the Dockerfile into two',
    });
  }
  // A base's limit is on its bytes on disk, which the verification measures before it is tagged.
  if (kind === 'base' || limit === null || bytes <= limit.bytes) return;
  const largest = own.toSorted((a, b) => b.bytes - a.bytes).slice(0, 3);
  throw new Failure({
    code: 'limit-exceeded',
    where: { file: 'slipway.toml' },
    message: `${project} brings ${prettyBytes(bytes)} (compressed), ${limit.name} allows ${prettyBytes(limit.bytes)}; the largest layers are ${largest.map((layer) => prettyBytes(layer.bytes)).join(', ')}`,
    remedy: `take out what is not needed, or raise limits.${limit.name}`,
  });
}

/**
 * Compressed bytes of the layers that whoever has the image before this one does not have yet, and of those that no base
 * of another architecture has.
 */
export async function countNewBytes(
  plan: ImagePlan,
  layers: readonly Layer[],
  registry: Registry,
): Promise<NonNullable<ImageRecord['newBytes']>> {
  const layersAt = async (reference: string) => {
    const manifest = await registry.manifest(parseReference(`${plan.repository}${reference}`));
    return manifest === undefined ? [] : readLayers(manifest.raw).map(({ digest }) => digest);
  };
  const without = (known: readonly string[]) =>
    layers.filter(({ digest }) => !known.includes(digest)).reduce((sum, { bytes }) => sum + bytes, 0);
  const previous = plan.tagDigests[plan.movingTags[0] ?? ''];
  const others = await Promise.all(plan.siblings.map((tag) => layersAt(`:${tag}`)));
  return {
    againstPrevious: previous ? without(await layersAt(`@${previous}`)) : null,
    againstOthers: plan.siblings.length > 0 ? without(others.flat()) : null,
  };
}

/**
 * Layers that the repository of a plan has before anything is built: those of its base when it lies in the same registry,
 * and of the images that its tags, and those that follow versions, point at.
 */
export async function layersThere(plan: ImagePlan, registry: Registry): Promise<Set<string>> {
  const { parent, repository, movingTags, siblings, architecture } = plan;
  const tags = [...movingTags, ...siblings, ...(plan.kind === 'runtime' ? newestTags(architecture) : [])];
  const mounted = parent && parseReference(parent.reference).registry === parseReference(repository).registry;
  const references = [...tags.map((tag) => `${repository}:${tag}`), ...(mounted ? [parent.reference] : [])];
  const manifests = await Promise.all(references.map((each) => registry.manifest(parseReference(each))));
  return new Set(
    manifests.flatMap((found) => (found ? readLayers(found.raw) : [])).map(({ digest }) => digest),
  );
}

/**
 * Blobs that an image brought to its repository, with their compressed bytes: the builder does not tell, and the registry
 * takes over what it has.
 * @param there what was there before, as `layersThere` found it.
 * @param brought what another image of the same command has brought; this image's are added.
 */
export function countPushed(
  layers: readonly Layer[],
  there: ReadonlySet<string>,
  brought: Set<string>,
): Record<string, number> {
  const own = layers.filter(({ digest }) => !there.has(digest) && !brought.has(digest));
  for (const { digest } of own) brought.add(digest);
  return Object.fromEntries(own.map(({ digest, bytes }) => [digest, bytes]));
}

/** Whether layers need not be copied from one repository to the other. */
export const sameRegistry = (a: string, b: string): boolean =>
  parseReference(a).registry === parseReference(b).registry;

/** Compressed bytes of an image; 0 when there is none. */
export const compressedBytes = (manifest: Manifest | undefined): number =>
  manifest === undefined ? 0 : readLayers(manifest.raw).reduce((sum, { size }) => sum + size, 0);

function readLayers(raw: string): { digest: string; size: number }[] {
  return (JSON.parse(raw) as { layers?: { digest: string; size: number }[] }).layers ?? [];
}
