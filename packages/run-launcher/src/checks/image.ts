import { readContractLabels } from '@slipway/contract';
import type { RunPlan } from '../plan/run-plan.ts';
import type { Check, CheckFacts, Finding as Named } from './check.ts';

type Finding = Omit<Named, 'check'>;

/** Whether it is known what the image is for, and that it is the one which its name stands for now. */
export const image: Check = {
  name: 'image',
  forcible: false,
  needsImage: true,
  look(plan, { deprecated, unasked }) {
    if (plan === null) return [];
    return [...mayBeOld(plan, unasked), ...purpose(plan, deprecated)];
  },
};

/** What the engine has under a name is as old as its last pull or build. */
function mayBeOld({ image }: RunPlan, unasked: CheckFacts['unasked']): Finding[] {
  if (image.from !== 'engine' || !unasked) return [];
  return [
    {
      severity: 'warning',
      code: 'registry-unreachable',
      found: `${image.reference} is the one in the engine's own store, and may be older than the registry's: ${unasked}`,
      remedy: 'start again when the registry answers, or name the image by a digest',
    },
  ];
}

function purpose(plan: RunPlan, deprecated: CheckFacts['deprecated']): Finding[] {
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
}
