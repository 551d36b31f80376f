import { compareNumbers, readContractLabels } from '@slipway/contract';
import type { OldDriver } from '@slipway/effects';
import { wasAsked } from '../plan/plan-origins.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import type { Check, Finding } from './check.ts';
import { tagOf } from './other-image.ts';

/** Whether the driver of the host is new enough for the CUDA of the image. */
export const driver: Check = {
  name: 'driver',
  forcible: true,
  needsImage: true,
  look(plan, { host }) {
    if (host.oldDriver) return tooOldToTell(host.oldDriver, plan);
    const [first] = host.gpus;
    if (first === undefined) return [];
    if (plan === null) return [{ severity: 'ok', found: `the NVIDIA driver is ${first.driver}` }];
    const contract = readContractLabels(plan.image.labels);
    const needed = contract?.minimumDriver ?? null;
    if (needed === null || plan.gpus === null) return [];
    if (compareNumbers(first.driver, needed) >= 0) {
      return [{ severity: 'ok', found: `the driver ${first.driver} is not older than ${needed}` }];
    }
    return [
      {
        severity: 'error',
        code: 'driver-too-old',
        found: `the driver of this host is ${first.driver}; ${cudaOf(plan)} needs ${needed} or later`,
        remedy: update,
      },
    ];
  },
};

/** An image that says which driver it needs may not say for which CUDA. */
function cudaOf(plan: RunPlan): string {
  const cuda = readContractLabels(plan.image.labels)?.cuda ?? null;
  return cuda === null ? tagOf(plan) : `CUDA ${cuda} of ${tagOf(plan)}`;
}

const update = 'update it: https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/';

/** The first driver whose nvidia-smi knows compute_cap. */
const telling = '510';

/** Such a driver is too old for every image of CUDA 12, and of others nobody can say whether the GPUs fit. */
function tooOldToTell({ version, gpus }: OldDriver, plan: RunPlan | null): Omit<Finding, 'check'>[] {
  const lists = `the driver of this host is ${version}, which lists ${gpus.join(', ')} and cannot tell what these are able to`;
  const contract = plan && readContractLabels(plan.image.labels);
  if (plan?.gpus === null && wasAsked(plan, 'gpus'))
    return [{ severity: 'ok', found: `${lists}; the run gets none` }];
  const needsNone = contract?.computeCapabilities.length === 0 && plan?.gpus === null;
  if (needsNone) return [{ severity: 'ok', found: `${lists}; the image needs none` }];
  const needed = contract?.minimumDriver ?? null;
  const older = needed !== null && compareNumbers(version, needed) < 0;
  return [
    {
      severity: plan === null ? 'warning' : 'error',
      code: 'driver-too-old',
      found:
        plan !== null && older
          ? `${lists}; ${cudaOf(plan)} needs ${needed} or later`
          : `${lists}: that takes ${telling} or later`,
      remedy: update,
    },
  ];
}
