import { readContractLabels } from '@slipway/contract';
import type { Check } from './check.ts';

/** Whether it is known what the image is for. */
export const image: Check = {
  name: 'image',
  forcible: false,
  needsImage: true,
  look(plan, { deprecated }) {
    if (plan === null) return [];
    const contract = readContractLabels(plan.image.labels);
    if (contract === null) {
      return [
        {
          severity: 'warning',
          code: 'labels-malformed',
          found: `${plan.image.reference} was not built by Slipway: which GPUs and driver it needs is not known, and not checked`,
          remedy: 'see that the GPU fits, or build the image with Slipway',
        },
      ];
    }
    // Of a saved plan nobody asked: the label of an older image may say so.
    const why = deprecated === undefined ? contract.deprecated : deprecated;
    if (why !== null) {
      return [
        {
          severity: 'warning',
          code: 'gpu-unfit',
          found: `${contract.architecture} is deprecated: ${why}`,
          remedy: 'take another architecture',
        },
      ];
    }
    return [{ severity: 'ok', found: `${plan.image.reference} is ${contract.architecture}'s` }];
  },
};
