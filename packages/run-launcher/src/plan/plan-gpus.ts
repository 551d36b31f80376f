import { coverage, type LabelledContract, readContractLabels } from '@slipway/contract';
import type { Gpu } from '@slipway/effects';
import type { RunDefinition } from '../definition/run-definition.ts';
import { askedDevices, isMig } from './find-devices.ts';
import type { RunFacts } from './plan-run.ts';
import type { RunPlan } from './run-plan.ts';

/** The GPUs of a run: those asked for, else all that the image can use. */
export function planGpus({ gpus }: RunDefinition, facts: RunFacts): RunPlan['gpus'] {
  const devices = gpus === null ? usableDevices(facts) : askedDevices(gpus, facts.gpus);
  return devices && { devices, access: facts.gpuAccess };
}

/** By their numbers where the host has others beside them. Where it has only others, a check tells of all of them. */
function usableDevices({ image, gpus }: RunFacts): NonNullable<RunPlan['gpus']>['devices'] | null {
  if (gpus.length === 0) return null;
  const contract = readContractLabels(image.labels);
  // Of an image that Slipway did not build it is not known, and a GPU does no harm.
  if (contract === null) return 'all';
  if (contract.computeCapabilities.length === 0) return null;
  const usable = gpus.filter((gpu) => canUse(contract, gpu));
  if (usable.length === 0 || usable.length === gpus.length) return 'all';
  return usable.map(({ index }) => String(index));
}

/** Whether the code of an image runs on a GPU at all. */
export const canUse = (
  { computeCapabilities }: Pick<LabelledContract, 'computeCapabilities'>,
  { computeCapability }: Gpu,
): boolean => coverage(computeCapabilities, computeCapability) !== undefined;

/** How many a program finds: of parts of GPUs, CUDA shows it the first alone. */
export function countGpus(gpus: RunPlan['gpus'], facts: Pick<RunFacts, 'gpus'>): number {
  if (gpus === null) return 0;
  if (gpus.devices === 'all') return facts.gpus.length;
  return gpus.devices.some(isMig) ? 1 : gpus.devices.length;
}
