import { Failure, parseReference } from '@slipway/contract';
import { type Registry, readImageLabels } from '@slipway/effects';
import type { KeyComponents } from './key.ts';
import type { ImagePlan } from './plan.ts';

const artifactType = 'application/vnd.slipway.build.v1+json';

/**
 * Stores what an image's key was made of beside it, as an artifact under `<key tag>.build`, so that anyone who can read
 * the image can ask why it would be built again.
 */
export async function writeBuildFacts(plan: ImagePlan, registry: Registry): Promise<void> {
  const reference = parseReference(`${plan.repository}:${factsTag(plan.keyTag)}`);
  const text = JSON.stringify({ key: plan.key, components: plan.components });
  const digest = await registry.putBlob(reference, text);
  // The empty configuration that the OCI image specification prescribes for artifacts.
  const empty = await registry.putBlob(reference, '{}');
  const raw = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: empty, size: 2 },
    layers: [{ mediaType: artifactType, digest, size: Buffer.byteLength(text) }],
  });
  await registry.putManifest(reference, {
    digest: '',
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    raw,
  });
}

/** What the image that a moving tag points at was made of; undefined when there is none, or none that says so. */
export async function readBuildFacts(
  repository: string,
  tag: string,
  registry: Registry,
): Promise<{ key: string; components: KeyComponents } | undefined> {
  const labels = await labelsOf(`${repository}:${tag}`, registry);
  const key = labels?.['io.slipway.build.key'];
  if (key === undefined) return undefined;
  const keyTag = labels?.['io.slipway.build.key-tag'];
  if (keyTag === undefined) return { key, components: {} };
  const reference = parseReference(`${repository}:${factsTag(keyTag)}`);
  const manifest = await registry.manifest(reference);
  if (manifest === undefined) return { key, components: {} };
  const { layers } = JSON.parse(manifest.raw) as { layers: { digest: string }[] };
  return JSON.parse(await registry.blob(reference, layers[0]?.digest ?? '')) as {
    key: string;
    components: KeyComponents;
  };
}

const factsTag = (keyTag: string | null): string => `${keyTag}.build`;

async function labelsOf(reference: string, registry: Registry): Promise<Record<string, string> | undefined> {
  try {
    return (await readImageLabels(registry, parseReference(reference))).labels;
  } catch (error) {
    if (error instanceof Failure && error.problems[0]?.code === 'image-missing') return undefined;
    throw error;
  }
}
