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
  const image = await imageManifest(registry, reference, manifest);
  const { config } = JSON.parse(image.raw) as { config: { digest: string } };
  const configuration = JSON.parse(await registry.blob(reference, config.digest)) as {
    config?: { Labels?: Record<string, string> };
  };
  return { digest: manifest.digest, labels: configuration.config?.Labels ?? {} };
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
