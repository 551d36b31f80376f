import { type Failure, parseReference } from '@slipway/contract';
import {
  asFailure,
  type ContainerEngine,
  ownPlatform,
  type Registry,
  readImageFacts,
  requirePlatform,
} from '@slipway/effects';
import type { RunPlan } from '../plan/run-plan.ts';
import { type Choice, missingImage } from './missing-image.ts';
import { ownLabels } from './own-labels.ts';

/** An image before it is known which commit it holds. */
export interface FoundImage {
  image: Omit<RunPlan['image'], 'commit'>;
  /** Why the registry did not say whether it has another one under this name; null: it said. */
  unasked: string | null;
}

/** What a registry says that has not got an image, or gives nothing out just now. */
const elsewhere = ['image-missing', 'registry-unreachable', 'registry-denied', 'registry-answer'];

/**
 * What is known of an image before anything is pulled: from its registry, or, when that does not have it or cannot be
 * asked, from the engine's own store, where an image lies that was built and never pushed.
 * @param choice how it was chosen, for messages.
 * @throws Failure of the registry, when the engine does not have it either; `labels-malformed`.
 */
export async function findImage(
  registry: Registry,
  engine: ContainerEngine,
  reference: string,
  choice: Choice = {},
): Promise<FoundImage> {
  const { found, failure } = await askRegistry(registry, reference);
  if (found !== undefined) {
    const { labels, ...facts } = found;
    const image = { reference, from: 'registry' as const, ...facts, labels: ownLabels(reference, labels) };
    return { image, unasked: null };
  }
  const local = await engine.image(reference).catch(() => undefined);
  if (local === undefined) throw failure ?? (await missingImage(registry, reference, choice));
  requirePlatform(reference, [local.platform], ownPlatform);
  const { id, labels, user, entrypoint } = local;
  const own = { bytes: null, labels: ownLabels(reference, labels), user, entrypoint };
  return {
    image: { reference, digest: id, from: 'engine', ...own },
    unasked: failure?.problems.find(({ code }) => code !== 'image-missing')?.message ?? null,
  };
}

/** @returns neither: the registry has not got it; `failure`: it gives nothing out that could be used here. */
async function askRegistry(
  registry: Registry,
  reference: string,
): Promise<{ found?: Awaited<ReturnType<typeof readImageFacts>>; failure?: Failure }> {
  try {
    return { found: await readImageFacts(registry, parseReference(reference), ownPlatform) };
  } catch (error) {
    const failure = asFailure(error);
    if (!failure.problems.every(({ code }) => elsewhere.includes(code))) throw error;
    return { failure };
  }
}
