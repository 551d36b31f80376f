import { type LabelledContract, readContractLabels } from '@slipway/contract';
import type { HostFacts } from '../facts/host-facts.ts';
import { findDevices } from '../plan/find-devices.ts';
import { wasAsked } from '../plan/plan-origins.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import type { Check, CheckFacts, Finding } from './check.ts';
import { describeGpu } from './describe-gpu.ts';
import { judgeDevices } from './judge-devices.ts';
import { otherImage, tagOf } from './other-image.ts';
import { unseenGpus } from './unseen-gpus.ts';

type Found = Omit<Finding, 'check'>;

/** Whether the GPUs that the run gets are those that the image was made for. */
export const gpu: Check = {
  name: 'gpu',
  forcible: true,
  needsImage: true,
  look(plan, facts) {
    const { gpus, failure, oldDriver } = facts.host;
    if (plan === null) return lookAtHost(facts);
    const contract = readContractLabels(plan.image.labels);
    if (gpus.length === 0) {
      // That nobody can say what its GPUs are able to is the check of the driver's.
      if (oldDriver) return [];
      return [failure ? untold(failure, plan, contract) : withoutGpu(plan, contract, facts)];
    }
    if (plan.gpus === null) return [{ severity: 'ok', found: 'the run gets no GPU' }];
    const found = findDevices(plan.gpus.devices, gpus);
    return [...unseen(facts.host), ...judgeDevices(found, plan, contract, facts)];
  },
};

function lookAtHost({ host }: CheckFacts): Found[] {
  const listed = host.gpus.map(describeGpu).join(', ');
  if (listed) return [{ severity: 'ok', found: `this host has ${listed}` }, ...unseen(host)];
  if (host.failure) return unseen(host);
  return [{ severity: 'ok', found: `this host has no GPU (${host.instead})` }];
}

function unseen({ gpus, failure }: HostFacts): Found[] {
  return failure ? [{ severity: 'warning', ...unseenGpus(failure, { listed: gpus.length }) }] : [];
}

/** Training on the CPU without a word, where the GPU does not answer, helps nobody. */
function untold(failure: string, plan: RunPlan, contract: LabelledContract | null): Found {
  if (plan.gpus === null && contract?.computeCapabilities.length === 0) {
    return { severity: 'ok', found: 'neither the image nor the run asks for a GPU' };
  }
  const { found, ...rest } = unseenGpus(failure, { listed: 0 });
  // An image without labels may do without one, and so does a person who asks for none.
  const without = plan.gpus === null && (contract === null || wasAsked(plan, 'gpus'));
  const severity = without ? 'warning' : 'error';
  return { ...rest, severity, found: plan.gpus === null ? `${found}; the run would get none` : found };
}

function withoutGpu(plan: RunPlan, contract: LabelledContract | null, facts: CheckFacts): Found {
  const { instead } = facts.host;
  const promised = contract?.computeCapabilities ?? [];
  if (plan.gpus === null && promised.length === 0) {
    return { severity: 'ok', found: 'neither the image nor the run asks for a GPU' };
  }
  const cpu = facts.siblings.find(({ computeCapabilities }) => computeCapabilities.length === 0);
  const wanted =
    promised.length > 0 ? `${tagOf(plan)} is for ${promised.join(', ')}` : 'the run asks for some';
  return {
    // Whoever asks for none knows that the run gets none.
    severity: plan.gpus === null && wasAsked(plan, 'gpus') ? 'warning' : 'error',
    code: 'gpu-unfit',
    found: `this host has no GPU (${instead}); ${wanted}${cpu ? `; use ${cpu.tag}` : ''}`,
    remedy: cpu
      ? otherImage(cpu.tag, plan)
      : 'start it on a host with a GPU, or see that nvidia-smi lists it',
  };
}
