import type { ImageReference } from '@slipway/contract';
import type { Registry } from './registry.ts';

/** Stores a text in a registry as an OCI artifact: an image manifest whose one layer is the text. */
export async function putArtifact(
  registry: Registry,
  reference: ImageReference,
  type: string,
  text: string,
): Promise<void> {
  const digest = await registry.putBlob(reference, text);
  // The empty configuration that the OCI image specification prescribes for artifacts.
  const empty = await registry.putBlob(reference, '{}');
  const raw = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: type,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: empty, size: 2 },
    layers: [{ mediaType: type, digest, size: Buffer.byteLength(text) }],
  });
  await registry.putManifest(reference, {
    digest: '',
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    raw,
  });
}

/** Reads an artifact back; undefined when there is none. */
export async function readArtifact(
  registry: Registry,
  reference: ImageReference,
): Promise<string | undefined> {
  const manifest = await registry.manifest(reference);
  if (manifest === undefined) return undefined;
  const { layers = [] } = JSON.parse(manifest.raw) as { layers?: { digest: string }[] };
  return layers[0] && registry.blob(reference, layers[0].digest);
}
