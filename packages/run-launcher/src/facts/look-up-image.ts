import { asFailure, type ContainerEngine, type Registry } from '@slipway/effects';
import type { RunPlan } from '../plan/run-plan.ts';
import type { ChosenImage } from './choose-image.ts';
import { findImage } from './find-image.ts';
import type { Choice } from './missing-image.ts';
import type { Probes } from './probes.ts';
import { commitOf, type Published, readPublished, versionOfLabels, versionOfTag } from './published.ts';

/** An image, and what is known beside it of the versions that it stands for. */
export interface LookedUp {
  image: RunPlan['image'];
  /** That of its tag first, then that which it states itself, where it is another one. */
  published: readonly Published[];
  /** Why its registry could not be asked, where the engine's own was taken; null: it was asked. */
  unasked: string | null;
}

/**
 * Reads an image and what was published with it, both at once where its tag tells the version.
 * @throws Failure of the registry, when neither that nor the engine has it; `reference-malformed`.
 */
export async function lookUpImage(
  { reference, choice }: Pick<ChosenImage, 'reference'> & { choice?: Choice },
  { registry, engine, probes }: { registry: Registry; engine: ContainerEngine; probes: Probes },
): Promise<LookedUp> {
  const published = (version: string | null): Promise<Published>[] =>
    version === null ? [] : [probes.probe('release', () => readPublished(registry, reference, version))];
  const tagged = versionOfTag(reference);
  const byTag = published(tagged);
  const { image, unasked } = await probes.probe('registry', () =>
    findImage(registry, engine, reference, choice),
  );
  const labelled = versionOfLabels(image.labels);
  const all = await Promise.all([...byTag, ...published(labelled === tagged ? null : labelled)]);
  return { image: { ...image, commit: commitOf(all, image.digest) }, published: all, unasked };
}

/** Tells a failure of work that others do not wait for. */
export async function settled<T>(
  work: Promise<T>,
): Promise<
  { value: T; problems: readonly [] } | { value: null; problems: ReturnType<typeof asFailure>['problems'] }
> {
  try {
    return { value: await work, problems: [] };
  } catch (error) {
    return { value: null, problems: asFailure(error).problems };
  }
}
