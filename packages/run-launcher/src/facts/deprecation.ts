import { type Definition, formatReference, parseReference } from '@slipway/contract';
import { type Registry, readDeprecation } from '@slipway/effects';
import type { RunPlan } from '../plan/run-plan.ts';

/**
 * Why nobody should start with the architecture of an image any more; null: nobody says so. The definition of its own
 * workspace knows first; elsewhere it is noted beside the images, as they were often made before anyone knew.
 */
export async function readDeprecated(
  registry: Registry,
  workspace: Definition | null,
  { reference, labels }: Pick<RunPlan['image'], 'reference' | 'labels'>,
): Promise<string | null> {
  const name = labels['io.slipway.architecture'];
  if (name === undefined) return null;
  const application = labels['io.slipway.application.name'];
  const own = workspace?.application.name === application ? workspace?.architectures : undefined;
  const defined = own?.find((architecture) => architecture.name === name);
  if (defined !== undefined) return defined.deprecated;
  const repository = formatReference({ ...parseReference(reference), tag: null, digest: null });
  // It is only advice: where it cannot be read, the image is started without.
  const noted = await readDeprecation(registry, repository, name).catch(() => undefined);
  return noted === undefined ? (labels['io.slipway.deprecated'] ?? null) : noted.reason;
}
