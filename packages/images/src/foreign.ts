import {
  type Definition,
  Failure,
  gpuContract,
  type MachineSettings,
  type Problem,
  parseReference,
} from '@slipway/contract';
import type { Registry } from '@slipway/effects';
import type { ForeignImage, PlanInputs } from './plan.ts';

/** Finds the foreign images: a substitute is written down, a mirror's or the original's digest is asked for. */
export async function readForeign(
  definition: Definition,
  machine: MachineSettings,
  registry: Registry,
): Promise<PlanInputs['foreign']> {
  const compilers = definition.architectures
    .filter(({ flashAttention }) => flashAttention?.from === 'build')
    .map((architecture) => gpuContract(architecture, definition).cudaDevelImage);
  const names = [...new Set([definition.images.os, ...compilers])].filter((name) => name !== null);
  const found = names.map(async (name) => [name, await findForeign(name, machine, registry)] as const);
  return Object.fromEntries(await Promise.all(found));
}

/** One that is not found is a problem only for the images that stand on it. */
async function findForeign(
  name: string,
  machine: MachineSettings,
  registry: Registry,
): Promise<ForeignImage | Problem> {
  const substitute = machine.substitutes[name];
  if (substitute !== undefined) {
    return { reference: substitute, digest: substitute.split('@')[1] ?? '', substitute: true };
  }
  const at = machine.mirrors[name] ?? name;
  const remedy = `check the name in slipway.toml, or name a mirror or a substitute of ${name} in .slipway/machine.json`;
  try {
    const digest = await registry.digest(parseReference(at));
    // A definition may name the bytes themselves; a mirror must then hold exactly those.
    const wanted = name.split('@')[1];
    if (digest !== undefined && wanted !== undefined && digest !== wanted) {
      return { code: 'hash-mismatch', message: `${at} is ${digest}, the definition wants ${wanted}`, remedy };
    }
    if (digest !== undefined)
      return { reference: `${at.split('@')[0]}@${digest}`, digest, substitute: false };
    return { code: 'image-missing', message: `the foreign image ${at} does not exist`, remedy };
  } catch (error) {
    if (!(error instanceof Failure) || error.problems[0] === undefined) throw error;
    const { code, message } = error.problems[0];
    return { code, message: `the foreign image ${name} cannot be found: ${message}`, remedy };
  }
}
