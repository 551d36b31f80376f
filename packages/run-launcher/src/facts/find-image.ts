import { parseReference } from '@slipway/contract';
import {
  asFailure,
  type ContainerEngine,
  type ImageFacts,
  type Registry,
  readImageFacts,
} from '@slipway/effects';
import type { RunPlan } from '../plan/run-plan.ts';

/**
 * What is known of an image before anything is pulled: from its registry, or, when that does not have it, from the
 * engine's own store, where an image lies that was built and never pushed.
 * @throws Failure of the registry, when the engine does not have it either.
 */
export async function findImage(
  registry: Registry,
  engine: ContainerEngine,
  reference: string,
): Promise<Omit<RunPlan['image'], 'commit'>> {
  const platform = `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
  try {
    const { labels, ...facts } = await readImageFacts(registry, parseReference(reference), platform);
    return { reference, from: 'registry', ...facts, labels: ownLabels(labels) };
  } catch (error) {
    const { problems } = asFailure(error);
    const elsewhere = ['image-missing', 'registry-unreachable', 'registry-denied'];
    if (!problems.every(({ code }) => elsewhere.includes(code))) throw error;
    const local = await engine.image(reference).catch(() => undefined);
    if (local === undefined) throw error;
    const { id, labels, user } = local;
    return { reference, digest: id, from: 'engine', bytes: null, labels: ownLabels(labels), user };
  }
}

/** The labels that a plan is about. */
function ownLabels(labels: ImageFacts['labels']): Record<string, string> {
  const kept = Object.entries(labels).filter(
    ([name]) => name.startsWith('io.slipway.') || name === 'org.opencontainers.image.version',
  );
  return Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
