import { readContractLabels } from '@slipway/contract';
import type { RunDefinition } from '../definition/run-definition.ts';
import { askedDevices, isMig } from './find-devices.ts';
import type { RunFacts } from './plan-run.ts';
import type { RunPlan } from './run-plan.ts';

/** The GPUs of a run: those asked for, else all that the image can use. */
export function planGpus({ gpus }: RunDefinition, facts: RunFacts): RunPlan['gpus'] {
  const access = facts.gpuAccess;
  if (gpus === null) return facts.gpus.length > 0 && mayUseGpus(facts) ? { devices: 'all', access } : null;
  const devices = askedDevices(gpus, facts.gpus);
  return devices && { devices, access };
}

/** Of an image that Slipway did not build it is not known, and a GPU does no harm. */
function mayUseGpus({ image }: RunFacts): boolean {
  const contract = readContractLabels(image.labels);
  return contract === null || contract.computeCapabilities.length > 0;
}

/** How many a program finds: of parts of GPUs, CUDA shows it the first alone. */
export function countGpus(gpus: RunPlan['gpus'], facts: Pick<RunFacts, 'gpus'>): number {
  if (gpus === null) return 0;
  if (gpus.devices === 'all') return facts.gpus.length;
  return gpus.devices.some(isMig) ? 1 : gpus.devices.length;
}
