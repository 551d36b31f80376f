import { coverage, type LabelledContract, readContractLabels } from '@slipway/contract';
import type { Gpu } from '@slipway/effects';
import type { RunPlan } from '../plan/run-plan.ts';
import type { Check, CheckFacts, Finding } from './check.ts';

type Found = Omit<Finding, 'check'>;

/** Whether the GPUs that the run gets are those that the image was made for. */
export const gpu: Check = {
  name: 'gpu',
  forcible: true,
  needsImage: true,
  look(plan, facts) {
    const { gpus, instead } = facts.host;
    if (plan === null) {
      const listed = gpus.map(describeGpu).join(', ');
      return [
        { severity: 'ok', found: listed ? `this host has ${listed}` : `this host has no GPU (${instead})` },
      ];
    }
    const contract = readContractLabels(plan.image.labels);
    // That nobody can say what its GPUs are able to is the check of the driver's.
    if (gpus.length === 0) return facts.host.oldDriver ? [] : [withoutGpu(plan, contract, facts)];
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
    const fitting = indicesOf(plan.gpus, gpus).filter((index) =>
      coverage(contract.computeCapabilities, gpus[index]?.computeCapability ?? ''),
    );
    return kinds.map((each) => judge(each, plan, contract, { ...facts, fitting }));
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

function judge(
  each: Gpu,
  plan: RunPlan,
  contract: LabelledContract,
  facts: CheckFacts & { fitting: readonly number[] },
): Found {
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
  // Another image would not fit the others: the run takes those that it is for.
  const others = facts.fitting.flatMap((index) => facts.host.gpus[index] ?? []);
  if (others.length > 0) {
    return {
      severity: 'error',
      code: 'gpu-unfit',
      found: `${sentence}, as ${[...new Set(others.map(describeGpu))].join(', ')} is`,
      remedy: `--gpus device=${facts.fitting.join(',')}`,
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

/** The places of a run's GPUs in the host's list; with UUIDs among them, all. */
function indicesOf({ devices }: NonNullable<RunPlan['gpus']>, gpus: readonly Gpu[]): number[] {
  const all = devices === 'all' || devices.some((device) => !/^\d+$/.test(device));
  return all ? gpus.map((_, index) => index) : devices.map(Number);
}

/** The GPUs that a run gets; undefined when it asks for one that is not there. UUIDs are taken as they are. */
export function usedGpus(asked: NonNullable<RunPlan['gpus']>, gpus: readonly Gpu[]): Gpu[] | undefined {
  const used = indicesOf(asked, gpus).map((index) => gpus[index]);
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
