import { compareNumbers, readContractLabels } from '@slipway/contract';
import type { Check } from './check.ts';
import { tagOf } from './gpu.ts';

/** Whether the driver of the host is new enough for the CUDA of the image. */
export const driver: Check = {
  name: 'driver',
  forcible: true,
  look(plan, { host }) {
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
        found: `the driver of this host is ${first.driver}; CUDA ${contract?.cuda} of ${tagOf(plan)} needs ${needed} or later`,
        remedy: 'update it: https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/',
      },
    ];
  },
};
