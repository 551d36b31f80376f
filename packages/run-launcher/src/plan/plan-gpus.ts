import { readContractLabels } from '@slipway/contract';
import type { RunDefinition } from '../definition/run-definition.ts';
import type { RunFacts } from './plan-run.ts';
import type { RunPlan } from './run-plan.ts';

/** The GPUs of a run: those asked for, else all that the image can use. */
export function planGpus({ gpus }: RunDefinition, facts: RunFacts): RunPlan['gpus'] {
  const access = facts.gpuAccess;
  if (gpus === 'none') return null;
  if (gpus === null) return facts.gpus.length > 0 && mayUseGpus(facts) ? { devices: 'all', access } : null;
  if (gpus === 'all') return { devices: 'all', access };
  const devices = gpus.startsWith('device=')
    ? gpus.slice('device='.length).split(',')
    : Array.from({ length: Number(gpus) }, (_, index) => String(index));
  return { devices, access };
}

/** Of an image that Slipway did not build it is not known, and a GPU does no harm. */
function mayUseGpus({ image }: RunFacts): boolean {
  const contract = readContractLabels(image.labels);
  return contract === null || contract.computeCapabilities.length > 0;
}

/** How many that are. */
export function countGpus(gpus: RunPlan['gpus'], facts: Pick<RunFacts, 'gpus'>): number {
  if (gpus === null) return 0;
  return gpus.devices === 'all' ? facts.gpus.length : gpus.devices.length;
}
