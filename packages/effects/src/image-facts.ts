import { Failure, formatReference, type ImageReference } from '@slipway/contract';
import { readImageConfiguration } from './image-labels.ts';
import type { Descriptor, Manifest, Registry } from './registry.ts';

/** What a registry tells of an image before anything of it is pulled. */
export interface ImageFacts {
  /** Of the image itself, or of the index that it was asked for by. */
  digest: string;
  labels: Record<string, string>;
  /** Whom it runs as, by its `USER`: a number or a name; null: root. */
  user: string | null;
  /** What its `ENTRYPOINT` puts before every command; empty: nothing. */
  entrypoint: string[];
  /** Compressed bytes of all layers. */
  bytes: number;
}

/**
 * Reads digest, labels and size of an image from its registry.
 * @param platform which one of an image for several platforms: `linux/amd64`.
 * @returns undefined: it is not there.
 * @throws Failure `image-missing` when it is not there for the platform.
 */
export async function readImageFacts(
  registry: Registry,
  reference: ImageReference,
  platform: string,
): Promise<ImageFacts | undefined> {
  const manifest = await registry.manifest(reference);
  if (manifest === undefined) return undefined;
  const image = await forPlatform(registry, reference, manifest, platform);
  const configuration = await readImageConfiguration(registry, reference, image);
  const { os = 'linux', architecture } = configuration;
  if (architecture !== undefined)
    requirePlatform(formatReference(reference), [`${os}/${architecture}`], platform);
  return {
    digest: manifest.digest,
    labels: configuration.config?.Labels ?? {},
    user: configuration.config?.User || null,
    entrypoint: configuration.config?.Entrypoint ?? [],
    bytes: layersOf(image).reduce((sum, { size }) => sum + size, 0),
  };
}

/** The platform of this machine's own images. */
export const ownPlatform = `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;

/** The layers of an image, the lowest first. @throws Failure `image-missing`, also for another platform. */
export async function readLayers(
  registry: Registry,
  reference: ImageReference,
  platform: string,
): Promise<LayerSize[]> {
  const manifest = await registry.manifest(reference);
  if (manifest === undefined) throw missing(`${formatReference(reference)} is not in its registry`);
  return layersOf(await forPlatform(registry, reference, manifest, platform));
}

/** A layer by its digest, and its compressed bytes. */
export type LayerSize = Pick<Descriptor, 'digest' | 'size'>;

function layersOf(image: Manifest): LayerSize[] {
  return (JSON.parse(image.raw) as { layers?: LayerSize[] }).layers ?? [];
}

async function forPlatform(
  registry: Registry,
  reference: ImageReference,
  manifest: Manifest,
  platform: string,
): Promise<Manifest> {
  const { manifests } = JSON.parse(manifest.raw) as {
    manifests?: { digest: string; platform?: { os: string; architecture: string } }[];
  };
  if (manifests === undefined) return manifest;
  const names = manifests.map(({ platform }) => `${platform?.os}/${platform?.architecture}`);
  const digest = manifests[names.indexOf(platform)]?.digest;
  const image = digest && (await registry.manifest({ ...reference, tag: null, digest }));
  if (image) return image;
  // Statements about its images stand in an index too, for no platform.
  const known = names.filter((name) => name !== 'unknown/unknown');
  throw ofOtherPlatform(formatReference(reference), known, platform);
}

/** @throws Failure `image-missing` for an image of other platforms. */
export function requirePlatform(reference: string, platforms: readonly string[], wanted: string): void {
  if (!platforms.includes(wanted)) throw ofOtherPlatform(reference, platforms, wanted);
}

function ofOtherPlatform(reference: string, platforms: readonly string[], wanted: string): Failure {
  return new Failure({
    code: 'image-missing',
    message: `${reference} is for ${platforms.join(', ')}, not for ${wanted}`,
    remedy: `name an image for ${wanted}`,
  });
}

function missing(message: string): Failure {
  return new Failure({
    code: 'image-missing',
    message,
    remedy: 'check the version and architecture, or publish it: npx nx run runtime-image:publish',
  });
}
