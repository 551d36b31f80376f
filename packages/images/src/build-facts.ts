import { Failure, type ImageReference, parseReference } from '@slipway/contract';
import { putArtifact, type Registry, readArtifact, readImageLabels } from '@slipway/effects';
import { maskComponents } from './dockerfile-secrets.ts';
import type { KeyComponents } from './key.ts';
import type { ImagePlan } from './plan.ts';
import type { Verification } from './verification.ts';

/** Type of the artifact that build facts are. */
export const buildFactsType = 'application/vnd.slipway.build.v1+json';

/** When their image was made, or a tag went back to it: an image itself carries no date. */
const createdAnnotation = 'org.opencontainers.image.created';

/** What is kept beside an image. */
export interface BuildFacts {
  key: string;
  components: KeyComponents;
  /** Of a base: the version of its Python, and everything that is installed there. */
  python?: string;
  packages?: Verification['packages'];
  /** Of a base: its distribution and the packages of it. */
  system?: Verification['system'];
}

/**
 * Stores what an image's key was made of beside it, as an artifact under `<key tag>.build`, so that anyone who can read
 * the image can ask why it would be built again, and a base's packages, so that nobody has to pull it to know them.
 */
export async function writeBuildFacts(
  plan: ImagePlan,
  registry: Registry,
  found?: Pick<Verification, 'python' | 'packages' | 'system'>,
): Promise<void> {
  const reference = parseReference(`${plan.repository}:${factsTag(plan.keyTag)}`);
  const text = JSON.stringify({
    key: plan.key,
    components: maskComponents(plan.components),
    ...(found && { python: found.python, packages: found.packages, system: found.system }),
  });
  await putBuildFacts(reference, text, registry);
}

async function putBuildFacts(reference: ImageReference, text: string, registry: Registry): Promise<void> {
  // No part of the facts, which are those of the image: only since when it has been in use.
  const annotations = { [createdAnnotation]: new Date().toISOString() };
  await putArtifact(registry, reference, buildFactsType, text, { annotations });
}

/** Dates the build facts of an image anew, when it comes to be used again. Where there are none, there stay none. */
export async function dateBuildFacts(
  { repository, keyTag }: Pick<ImagePlan, 'repository' | 'keyTag'>,
  registry: Registry,
): Promise<void> {
  const reference = parseReference(`${repository}:${factsTag(keyTag)}`);
  const text = await readArtifact(registry, reference, buildFactsType);
  if (text !== undefined) await putBuildFacts(reference, text, registry);
}

/** What the image that a moving tag points at was made of; undefined when there is none, or none that says so. */
export async function readBuildFacts(
  repository: string,
  tag: string,
  registry: Registry,
): Promise<BuildFacts | undefined> {
  const labels = await labelsOf(`${repository}:${tag}`, registry);
  const key = labels?.['io.slipway.build.key'];
  if (key === undefined) return undefined;
  const keyTag = labels?.['io.slipway.build.key-tag'];
  if (keyTag === undefined) return { key, components: {} };
  return (await readFactsOf(repository, keyTag, registry)) ?? { key, components: {} };
}

/** What an image of this key tag was made of; undefined when that is not kept. */
export async function readFactsOf(
  repository: string,
  keyTag: string,
  registry: Registry,
): Promise<BuildFacts | undefined> {
  const text = await readArtifact(registry, parseReference(`${repository}:${factsTag(keyTag)}`));
  if (text === undefined) return undefined;
  const facts = JSON.parse(text) as BuildFacts;
  // One that an older version kept is not told on.
  return { ...facts, components: maskComponents(facts.components) };
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
