import { coverage, type LabelledContract } from '@slipway/contract';
import type { Gpu } from '@slipway/effects';
import { type FoundDevice, isMig } from '../plan/find-devices.ts';
import { canUse } from '../plan/plan-gpus.ts';
import { wasAsked } from '../plan/plan-origins.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import type { CheckFacts, Finding } from './check.ts';
import { article, describeGpu } from './describe-gpu.ts';
import { otherImage, tagOf } from './other-image.ts';

type Found = Omit<Finding, 'check'>;

/** Holds the devices that a run asks for against the GPUs of its host, and these against what its image promises. */
export function judgeDevices(
  found: readonly FoundDevice[],
  plan: RunPlan,
  contract: LabelledContract | null,
  facts: CheckFacts,
): Found[] {
  const missing = found.filter(({ gpus }) => gpus.length === 0).map(({ device }) => device);
  if (missing.length > 0) {
    const { gpus } = facts.host;
    const listed = gpus.map((each) => `${each.index}: ${describeGpu(each)}`).join(', ');
    return [
      {
        severity: 'error',
        code: 'gpu-unfit',
        found: `the run asks for GPU ${missing.join(', ')}, and this host has ${gpus.length}: ${listed}`,
        remedy: 'name some of these with --gpus',
      },
    ];
  }
  const twice = namedTwice(found);
  if (twice !== undefined) return [twice];
  const used = [...new Set(found.flatMap(({ gpus }) => gpus))];
  // Equal GPUs have equal fates: one finding a kind.
  const kinds = used.filter((each, index) => used.findIndex((one) => same(one, each)) === index);
  const judged: Found[] =
    contract === null
      ? [{ severity: 'ok', found: `the run gets ${used.map(describeGpu).join(', ')}` }]
      : kinds.map((each) => judge(each, plan, contract, { ...facts, found }));
  return [
    ...judged,
    ...(kinds.length > 1 ? someOfThese(found) : []),
    ...severalParts(found),
    ...leftOut(used, plan, contract, facts),
  ];
}

/** Two names of one GPU would become two training processes that share it. */
function namedTwice(found: readonly FoundDevice[]): Found | undefined {
  const whole = found.filter(({ device, gpus }) => gpus.length === 1 && !isMig(device));
  const named = whole.flatMap(({ gpus }) => gpus);
  const gpu = named.find((each, index) => named.indexOf(each) < index);
  if (gpu === undefined) return undefined;
  const [first = '', ...others] = whole.filter(({ gpus }) => gpus.includes(gpu)).map(({ device }) => device);
  const once = found.map(({ device }) => device).filter((device) => !others.includes(device));
  return {
    severity: 'error',
    code: 'gpu-unfit',
    found: `${[first, ...others].join(' and ')} are one and the same GPU of this host: ${gpu.index}: ${describeGpu(gpu)}`,
    remedy: `name it once: --gpus device=${once.join(',')}`,
  };
}

/** A word on GPUs that nobody left out, and that the image cannot use. */
function leftOut(
  used: readonly Gpu[],
  plan: RunPlan,
  contract: LabelledContract | null,
  { host }: CheckFacts,
): Found[] {
  if (contract === null || wasAsked(plan, 'gpus')) return [];
  const others = host.gpus.filter((gpu) => !used.includes(gpu) && !canUse(contract, gpu));
  if (others.length === 0) return [];
  const listed = (gpus: readonly Gpu[]) => gpus.map((gpu) => `${gpu.index}: ${describeGpu(gpu)}`).join(', ');
  return [
    {
      severity: 'warning',
      code: 'gpu-unfit',
      found: `of this host's GPUs the run gets ${listed(used)}, and not ${listed(others)}: ${tagOf(plan)} is for ${contract.computeCapabilities.join(', ')}`,
      remedy: `nothing needs to be done if that is meant; --gpus device=${used.map(({ index }) => index).join(',')} says so`,
    },
  ];
}

const same = (one: Gpu, other: Gpu): boolean => describeGpu(one) === describeGpu(other);

const byNumber = 'name it by its number: --gpus device=0, or device=0:1 for a part of GPU 0';

/** A word on devices that were judged by every GPU of the host. */
function someOfThese(found: readonly FoundDevice[]): Found[] {
  const unclear = found.filter(({ gpus }) => gpus.length > 1).map(({ device }) => device);
  if (unclear.length === 0) return [];
  return [
    {
      severity: 'warning',
      code: 'gpu-unknown',
      found: `which GPU of this host ${unclear.join(', ')} belongs to is not known: all of them are looked at`,
      remedy: byNumber,
    },
  ];
}

function severalParts(found: readonly FoundDevice[]): Found[] {
  const parts = found.map(({ device }) => device).filter(isMig);
  if (found.length < 2 || parts.length === 0) return [];
  return [
    {
      severity: 'warning',
      code: 'gpu-unfit',
      found: `CUDA gives a program one part of a GPU and nothing beside it: of ${found.map(({ device }) => device).join(', ')} the run uses ${parts[0]} alone`,
      remedy: `ask for one of them, and start a run for each: --gpus device=${parts[0]}`,
    },
  ];
}

function judge(
  each: Gpu,
  plan: RunPlan,
  contract: LabelledContract,
  { found, siblings }: Pick<CheckFacts, 'siblings'> & { found: readonly FoundDevice[] },
): Found {
  const { computeCapability } = each;
  const promised = contract.computeCapabilities;
  if (computeCapability !== null && promised.includes(computeCapability)) {
    return { severity: 'ok', found: `${describeGpu(each)} is what ${tagOf(plan)} is for` };
  }
  const right = siblings.find(({ computeCapabilities }) =>
    computeCapabilities.includes(computeCapability ?? ''),
  );
  const is = promised.length > 0 ? `is for ${promised.join(', ')}` : 'is for no GPU';
  const sentence = `this host has ${article(each)} ${describeGpu(each)}; ${tagOf(plan)} ${is}`;
  if (coverage(promised, computeCapability) === 'cubin') {
    return {
      severity: 'warning',
      code: 'gpu-unfit',
      found: `${sentence}: its code runs there too, but nobody promised it`,
      remedy: right ? otherImage(right.tag, plan) : 'nothing needs to be done if it does what it should',
    };
  }
  const unfit = {
    severity: 'error',
    code: computeCapability === null ? 'gpu-unknown' : 'gpu-unfit',
  } as const;
  // Another image would not fit the others: the run takes those that it is for.
  const isCovered = (one: Gpu) => canUse(contract, one);
  const fitting = found.filter(({ gpus }) => gpus.every(isCovered));
  const others = found.flatMap(({ gpus }) => gpus).filter(isCovered);
  if (others.length > 0) {
    return {
      ...unfit,
      found: `${sentence}, as ${[...new Set(others.map(describeGpu))].join(', ')} is`,
      remedy:
        fitting.length > 0 ? `--gpus device=${fitting.map(({ device }) => device).join(',')}` : byNumber,
    };
  }
  const mend =
    computeCapability === null
      ? 'see what nvidia-smi says of it, or name the GPUs that are meant with --gpus'
      : `add ${computeCapability} to an architecture of the definition, build and publish it`;
  return {
    ...unfit,
    found: `${sentence}${right ? `; use ${right.tag}` : ''}`,
    remedy: right ? otherImage(right.tag, plan) : mend,
  };
}
