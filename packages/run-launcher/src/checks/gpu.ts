import { coverage, type LabelledContract, readContractLabels } from '@slipway/contract';
import type { Gpu } from '@slipway/effects';
import type { RunPlan } from '../plan/run-plan.ts';
import type { Check, CheckFacts, Finding } from './check.ts';

type Found = Omit<Finding, 'check'>;

/** Whether the GPUs that the run gets are those that the image was made for. */
export const gpu: Check = {
  name: 'gpu',
  forcible: true,
  look(plan, facts) {
    const { gpus, instead } = facts.host;
    if (plan === null) {
      const listed = gpus.map(describeGpu).join(', ');
      return [
        { severity: 'ok', found: listed ? `this host has ${listed}` : `this host has no GPU (${instead})` },
      ];
    }
    const contract = readContractLabels(plan.image.labels);
    if (gpus.length === 0) return [withoutGpu(plan, contract, facts)];
    if (plan.gpus === null) return [{ severity: 'ok', found: 'the run gets no GPU' }];
    const used = usedGpus(plan.gpus, gpus);
    if (used === undefined) {
      return [
        {
          severity: 'error',
          code: 'gpu-unfit',
          found: `the run asks for GPU ${[plan.gpus.devices].flat().join(', ')}, and this host has ${gpus.length}: ${gpus.map((each, index) => `${index}: ${describeGpu(each)}`).join(', ')}`,
          remedy: 'name some of these with --gpus',
        },
      ];
    }
    if (contract === null) {
      return [{ severity: 'ok', found: `the run gets ${used.map(describeGpu).join(', ')}` }];
    }
    // Equal GPUs have equal fates: one finding a kind.
    const kinds = used.filter((each, index) => used.findIndex(({ name }) => name === each.name) === index);
    return kinds.map((each) => judge(each, plan, contract, facts));
  },
};

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
    severity: 'error',
    code: 'gpu-unfit',
    found: `this host has no GPU (${instead}); ${wanted}${cpu ? `; use ${cpu.tag}` : ''}`,
    remedy: cpu ? take(cpu.tag) : 'start it on a host with a GPU, or see that nvidia-smi lists it',
  };
}

function judge(each: Gpu, plan: RunPlan, contract: LabelledContract, facts: CheckFacts): Found {
  const { computeCapability } = each;
  const promised = contract.computeCapabilities;
  if (promised.includes(computeCapability)) {
    return { severity: 'ok', found: `${describeGpu(each)} is what ${tagOf(plan)} is for` };
  }
  const right = facts.siblings.find(({ computeCapabilities }) =>
    computeCapabilities.includes(computeCapability),
  );
  const is = promised.length > 0 ? `is for ${promised.join(', ')}` : 'is for no GPU';
  const sentence = `this host has ${article(each)} ${describeGpu(each)}; ${tagOf(plan)} ${is}`;
  if (coverage(promised, computeCapability) === 'cubin') {
    return {
      severity: 'warning',
      code: 'gpu-unfit',
      found: `${sentence}: its code runs there too, but nobody promised it`,
      remedy: right ? take(right.tag) : 'nothing needs to be done if it does what it should',
    };
  }
  return {
    severity: 'error',
    code: 'gpu-unfit',
    found: `${sentence}${right ? `; use ${right.tag}` : ''}`,
    remedy: right
      ? take(right.tag)
      : `add ${computeCapability} to an architecture of the definition, build and publish it`,
  };
}

const take = (tag: string): string => {
  const [, architecture = tag, version = ''] = /^(.+)-(v\d.*)$/.exec(tag) ?? [];
  return `--architecture ${architecture}${version ? ` --version ${version}` : ''}`;
};

/** The GPUs that a run gets; undefined when it asks for one that is not there. UUIDs are taken as they are. */
function usedGpus({ devices }: NonNullable<RunPlan['gpus']>, gpus: readonly Gpu[]): Gpu[] | undefined {
  if (devices === 'all' || devices.some((device) => !/^\d+$/.test(device))) return [...gpus];
  const used = devices.map((device) => gpus[Number(device)]);
  return used.every((each) => each !== undefined) ? used : undefined;
}

/** `RTX 2080 Ti (7.5)`: the maker and the brand go without saying. */
export function describeGpu({ name, computeCapability }: Gpu): string {
  return `${name.replace(/^NVIDIA /, '').replace(/^GeForce /, '')} (${computeCapability})`;
}

/** By its sound: an RTX, an A100, an H100, a Tesla, a GTX. */
function article(each: Gpu): string {
  return /^(?:RTX|[AEFHLMNRSX]\d|[AEIO])/.test(describeGpu(each)) ? 'an' : 'a';
}

/** The tag alone, as people call an image. */
export function tagOf({ image }: Pick<RunPlan, 'image'>): string {
  return /:([^/:@]+)(?:@|$)/.exec(image.reference)?.[1] ?? image.reference;
}
