import { Failure, formatReference, type ImageReference } from '@slipway/contract';
import { type ArtifactFacts, putArtifact } from './artifacts.ts';
import type { Descriptor, Manifest, Registry } from './registry.ts';

const indexType = 'application/vnd.oci.image.index.v1+json';

/** A manifest by its digest. */
export type Subject = ImageReference & { digest: string };

/**
 * The tag under which the artifacts of a manifest are listed where the registry keeps no list itself
 * (https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema).
 */
export const referrersTag = (digest: string): string => digest.replace(':', '-');

/**
 * Puts a text beside an image, so that whoever has the image's digest finds it, and the image stays as it is.
 * Two who do it to the same image at the same moment, in a registry without such lists of its own, may lose one of the
 * two entries: doing it again brings it back.
 */
export async function attachArtifact(
  registry: Registry,
  { reference, manifest }: { reference: ImageReference; manifest: Manifest },
  type: string,
  text: string,
  facts: Omit<ArtifactFacts, 'subject'> = {},
): Promise<Descriptor> {
  const { digest, mediaType, raw } = manifest;
  const subject = { mediaType, digest, size: Buffer.byteLength(raw) };
  const place = { ...reference, tag: null, digest: null };
  const attached = await putArtifact(registry, place, type, text, { ...facts, subject });
  const image = { ...place, digest };
  if ((await registry.referrers(image)) === undefined) await listUnderTag(registry, image, attached);
  return attached;
}

/** Artifacts beside an image, whichever way its registry lists them; those that cannot be told from others are left out. */
export async function listReferrers(registry: Registry, image: Subject): Promise<Descriptor[]> {
  return (await registry.referrers(image)) ?? (await listedUnderTag(registry, image));
}

async function listUnderTag(registry: Registry, image: Subject, attached: Descriptor): Promise<void> {
  const reference = { ...image, tag: referrersTag(image.digest), digest: null };
  for (let tries = 0; tries < 5; tries += 1) {
    const manifests = await listedUnderTag(registry, image);
    if (manifests.some(({ digest }) => digest === attached.digest)) return;
    const raw = JSON.stringify({
      schemaVersion: 2,
      mediaType: indexType,
      manifests: [...manifests, attached],
    });
    await registry.putManifest(reference, { digest: '', mediaType: indexType, raw });
  }
  throw new Failure({
    code: 'tag-moved',
    message: `${formatReference(reference)} is written by others at the same time`,
    remedy: 'start the same command again when they have ended',
  });
}

async function listedUnderTag(registry: Registry, image: Subject): Promise<Descriptor[]> {
  const index = await registry.manifest({ ...image, tag: referrersTag(image.digest), digest: null });
  if (index === undefined) return [];
  return (JSON.parse(index.raw) as { manifests?: Descriptor[] }).manifests ?? [];
}
