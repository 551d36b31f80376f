import { createHash } from 'node:crypto';
import type { ImageReference } from '@slipway/contract';
import type { Descriptor, Manifest, Registry } from './registry.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** What an artifact may say of itself beside its text. */
export interface ArtifactFacts {
  /** The manifest that it is about: registries list it there. */
  subject?: Descriptor;
  annotations?: Record<string, string>;
  /** Of its one layer, where tools look for the kind of a statement. */
  layerAnnotations?: Record<string, string>;
}

/**
 * Stores a text in a registry as an OCI artifact: an image manifest whose one layer is the text.
 * @param reference where to; without a tag it can only be found by its digest, or by its subject.
 * @returns what an index says of it.
 */
export async function putArtifact(
  registry: Registry,
  reference: ImageReference,
  type: string,
  text: string,
  { subject, annotations, layerAnnotations }: ArtifactFacts = {},
): Promise<Descriptor> {
  const digest = await registry.putBlob(reference, text);
  // The empty configuration that the OCI image specification prescribes for artifacts.
  const empty = await registry.putBlob(reference, '{}');
  const layer = { mediaType: type, digest, size: Buffer.byteLength(text) };
  const raw = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: type,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: empty, size: 2 },
    layers: [{ ...layer, ...(layerAnnotations && { annotations: layerAnnotations }) }],
    ...(subject && { subject }),
    ...(annotations && { annotations }),
  });
  const manifest: Manifest = { digest: manifestDigest(raw), mediaType: manifestType, raw };
  const target = reference.tag === null ? { ...reference, digest: manifest.digest } : reference;
  await registry.putManifest(target, manifest);
  return {
    mediaType: manifestType,
    digest: manifest.digest,
    size: Buffer.byteLength(raw),
    artifactType: type,
    ...(annotations && { annotations }),
  };
}

/** The text of an artifact; undefined when there is none, or one of another type. */
export async function readArtifact(
  registry: Registry,
  reference: ImageReference,
  type?: string,
): Promise<string | undefined> {
  return (await openArtifact(registry, reference, { type }))?.text;
}

/**
 * Reads an artifact back; undefined when there is none.
 * @param given.type the only one that is read: of an ordinary image under its tag, the first layer may be gigabytes.
 * @param given.manifest where it was read already.
 */
export async function openArtifact(
  registry: Registry,
  reference: ImageReference,
  given: { type?: string; manifest?: Manifest } = {},
): Promise<{ text: string; annotations: Record<string, string> } | undefined> {
  const manifest = given.manifest ?? (await registry.manifest(reference));
  if (manifest === undefined) return undefined;
  const {
    artifactType,
    layers: [layer] = [],
    annotations = {},
  } = JSON.parse(manifest.raw) as {
    artifactType?: string;
    layers?: { digest: string }[];
    annotations?: Record<string, string>;
  };
  if (layer === undefined || (given.type !== undefined && given.type !== artifactType)) return undefined;
  return { text: await registry.blob(reference, layer.digest), annotations };
}

const manifestDigest = (raw: string): string => `sha256:${createHash('sha256').update(raw).digest('hex')}`;
