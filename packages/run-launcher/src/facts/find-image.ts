import { parseReference } from '@slipway/contract';
import {
  asFailure,
  type ContainerEngine,
  ownPlatform,
  type Registry,
  readImageFacts,
} from '@slipway/effects';
import type { RunPlan } from '../plan/run-plan.ts';
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
 * @throws Failure of the registry, when the engine does not have it either; `labels-malformed`.
 */
export async function findImage(
  registry: Registry,
  engine: ContainerEngine,
  reference: string,
): Promise<FoundImage> {
  try {
    const { labels, ...facts } = await readImageFacts(registry, parseReference(reference), ownPlatform);
    const image = { reference, from: 'registry' as const, ...facts, labels: ownLabels(reference, labels) };
    return { image, unasked: null };
  } catch (error) {
    const { problems } = asFailure(error);
    if (!problems.every(({ code }) => elsewhere.includes(code))) throw error;
    const local = await engine.image(reference).catch(() => undefined);
    if (local === undefined) throw error;
    const { id, labels, user, entrypoint } = local;
    const own = { bytes: null, labels: ownLabels(reference, labels), user, entrypoint };
    return {
      image: { reference, digest: id, from: 'engine', ...own },
      unasked: problems.find(({ code }) => code !== 'image-missing')?.message ?? null,
    };
  }
}
