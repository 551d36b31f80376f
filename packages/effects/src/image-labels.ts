import { Failure, formatReference, type ImageReference } from '@slipway/contract';
import type { Manifest, Registry } from './registry.ts';

/**
 * Digest and labels of an image, read from its registry without pulling it. Of an image for several platforms, the
 * labels are those of linux/amd64.
 * @throws Failure `image-missing`.
 */
export async function readImageLabels(
  registry: Registry,
  reference: ImageReference,
): Promise<{ digest: string; labels: Record<string, string> }> {
  const manifest = await registry.manifest(reference);
  if (manifest === undefined) {
    throw new Failure({
      code: 'image-missing',
      message: `${formatReference(reference)} is not in its registry`,
      remedy: 'check the version and architecture, or publish it: npx nx run runtime-image:publish',
    });
  }
  const configuration = await readImageConfiguration(registry, reference, manifest);
  return { digest: manifest.digest, labels: configuration.config?.Labels ?? {} };
}

/** The part of an image's configuration that Slipway reads. */
export interface ImageConfiguration {
  os?: string;
  architecture?: string;
  config?: { Labels?: Record<string, string>; User?: string; Entrypoint?: string[] | null };
  history?: { created_by?: string; empty_layer?: boolean }[];
}

/** The configuration of an image whose manifest was read; of one for several platforms that for linux/amd64. */
export async function readImageConfiguration(
  registry: Registry,
  reference: ImageReference,
  manifest: Manifest,
): Promise<ImageConfiguration> {
  const image = await imageManifest(registry, reference, manifest);
  const { config } = JSON.parse(image.raw) as { config: { digest: string } };
  return JSON.parse(await registry.blob(reference, config.digest)) as ImageConfiguration;
}

/** The manifest itself, or of an index the one for linux/amd64. */
async function imageManifest(
  registry: Registry,
  reference: ImageReference,
  manifest: Manifest,
): Promise<Manifest> {
  const { manifests } = JSON.parse(manifest.raw) as {
    manifests?: { digest: string; platform?: { os: string; architecture: string } }[];
  };
  const entry = manifests?.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64',
  );
  if (entry === undefined) return manifest;
  return (await registry.manifest({ ...reference, tag: null, digest: entry.digest })) ?? manifest;
}
