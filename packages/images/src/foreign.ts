import {
  type Definition,
  Failure,
  formatReference,
  type MachineSettings,
  osImages,
  type Problem,
  parseReference,
} from '@slipway/contract';
import { type Registry, readImageLabels } from '@slipway/effects';
import { developerImage } from './developer-image.ts';
import { builtFrom, imageLockPath, type LockedImages } from './image-lock.ts';
import type { ForeignImage, PlanInputs } from './plan.ts';

/**
 * Finds the foreign images: a substitute is written down, a locked one is known by its digest, of any other the registry
 * is asked what its tag is now.
 * @param dev architectures whose dev images are asked for.
 */
export async function readForeign(
  definition: Definition,
  machine: MachineSettings,
  registry: Registry,
  locked: LockedImages,
  dev: Definition['architectures'] = [],
): Promise<PlanInputs['foreign']> {
  const names = [
    ...new Set([
      ...builtFrom(definition),
      ...dev.map((architecture) => developerImage(architecture, definition)),
    ]),
  ];
  const found = names.map(
    async (name) => [name, await findForeign(name, machine, registry, locked[name])] as const,
  );
  return Object.fromEntries(await Promise.all(found));
}

/** One that is not found is a problem only for the images that stand on it. */
async function findForeign(
  name: string,
  machine: MachineSettings,
  registry: Registry,
  locked: string | undefined,
): Promise<ForeignImage | Problem> {
  const substitute = machine.substitutes[name];
  if (substitute !== undefined) {
    const digest = substitute.split('@')[1] ?? '';
    try {
      const python = await labelledPython(substitute, registry);
      return { reference: substitute, digest, substitute: true, python };
    } catch (error) {
      // It is part of keys: a registry that fails for a moment must not change them.
      if (error instanceof Failure && error.problems[0]) return error.problems[0];
      throw error;
    }
  }
  const mirror = machine.mirrors[name];
  const wanted = parseReference(name).digest ?? locked;
  const place = parseReference(mirror ?? name);
  const known = (digest: string): ForeignImage => ({
    reference: formatReference({ ...place, digest }),
    digest,
    substitute: false,
    python: pythonOf(name),
  });
  // The bytes are known, and the engine checks them: nobody has to be asked.
  if (wanted !== undefined && mirror === undefined) return known(wanted);
  const remedy = `check the name in slipway.toml, or name a mirror or a substitute of ${name} in .slipway/machine.json`;
  try {
    const digest = await registry.digest({ ...place, digest: wanted ?? place.digest });
    if (digest !== undefined) return known(digest);
    if (wanted !== undefined) {
      return {
        code: 'hash-mismatch',
        message: `the mirror ${mirror} does not hold ${wanted}, which ${locked === undefined ? 'the definition' : imageLockPath} names for ${name}`,
        remedy: `copy that image to the mirror, or lock another one: npx nx run base-images:lock --upgrade`,
      };
    }
    return {
      code: 'image-missing',
      message: `the foreign image ${formatReference(place)} does not exist`,
      remedy,
    };
  } catch (error) {
    if (!(error instanceof Failure) || error.problems[0] === undefined) throw error;
    const { code, message } = error.problems[0];
    return { code, message: `the foreign image ${name} cannot be found: ${message}`, remedy };
  }
}

/** The Python of a known system. */
function pythonOf(name: string): string | null {
  const { repository, tag } = parseReference(name);
  const fact = osImages.find(
    (each) => repository === `library/${each.repository}` && each.tags.includes(tag ?? ''),
  );
  return fact?.python ?? null;
}

/** The Python that whoever made a substitute says it has. */
async function labelledPython(substitute: string, registry: Registry): Promise<string | null> {
  try {
    const { labels } = await readImageLabels(registry, parseReference(substitute));
    return labels['io.slipway.python'] ?? null;
  } catch (error) {
    // That it is not there is told where it is needed.
    if (error instanceof Failure && error.problems[0]?.code === 'image-missing') return null;
    throw error;
  }
}
