import { compareNumbers, coverage, flashAttentionMajors, type LabelledContract } from '@slipway/contract';
import type { Gpu } from '@slipway/effects';
import type { HostFacts } from '../facts/host-facts.ts';
import { canUse } from '../plan/plan-gpus.ts';
import type { CheckFacts } from './check.ts';
import { describeGpu } from './describe-gpu.ts';
import { unseenRemedy } from './unseen-gpus.ts';

/** What `import flash_attn` did in the image. */
export type ImportResult =
  | { outcome: 'imported'; version: string; torch: string | null }
  | { outcome: 'absent'; torch: string | null }
  | { outcome: 'failed'; error: string; torch: string | null };

/** What the answer rests on. */
export interface AttentionEvidence {
  /** The image's tag, or its reference. */
  image: string;
  gpus: readonly Gpu[];
  /** What nvidia-smi said in place of a list. */
  instead: string | null;
  failure?: HostFacts['failure'];
  oldDriver?: HostFacts['oldDriver'];
  /** Null: Slipway did not build the image. */
  contract: Pick<
    LabelledContract,
    'flashAttention' | 'flashAttnCudaArchs' | 'minimumDriver' | 'computeCapabilities' | 'torch'
  > | null;
  /** The images of the same version for other architectures. */
  siblings: CheckFacts['siblings'];
  /** Null: it was not tried. */
  imported: ImportResult | null;
  /** Why not; absent: the image is not here. */
  untried?: string;
  /** Why the engine can give no GPU to a container; absent: it can. */
  withoutAccess?: string;
}

export interface AttentionAnswer {
  /** `flash-attention` is what will be used; anything else is what is used in its place. */
  used: 'flash-attention' | 'regular attention' | 'unknown';
  /** One sentence: what will be used, and why. */
  sentence: string;
}

const fallback = "regular attention (torch's scaled_dot_product_attention) will be used";

/**
 * Says in one sentence whether flash-attention will be used, from evidence: the first thing that is against it decides; what
 * keeps the run from being started goes before what it would do then.
 */
export function judgeAttention(evidence: AttentionEvidence): AttentionAnswer {
  const { image, gpus, instead, contract, imported } = evidence;
  const no = (why: string): AttentionAnswer => ({
    used: 'regular attention',
    sentence: `${fallback}, because ${why}.`,
  });
  const promised = contract === null ? undefined : contract.flashAttention;
  const absent = imported?.outcome === 'absent' || (imported?.outcome !== 'imported' && promised === null);
  if (absent) {
    const neither = gpus.length === 0 && !evidence.failure ? ` and this host no GPU (${instead})` : '';
    return no(`${image} has no flash-attention${neither}`);
  }
  if (imported?.outcome === 'failed')
    return no(`flash_attn in ${image} cannot be imported (${imported.error})`);
  const [gpu] = gpus;
  const untold = gpus.find(({ computeCapability }) => computeCapability === null);
  const why = whyUntold(evidence, untold);
  if (why !== null) {
    return {
      used: 'unknown',
      sentence: `whether ${image} can use flash-attention here is not known: ${why}.`,
    };
  }
  if (gpu === undefined) return no(`this host has no GPU (${instead})`);
  const unfit = contract && gpus.find((each) => !canUse(contract, each));
  if (contract && unfit) {
    const right = evidence.siblings.find(({ computeCapabilities }) =>
      computeCapabilities.includes(unfit.computeCapability ?? ''),
    );
    return {
      used: 'unknown',
      sentence: `slipway run refuses ${image} on the ${describeGpu(unfit)}, because it is for ${contract.computeCapabilities.join(', ') || 'no GPU'}${right ? `; use ${right.tag}` : ''}.`,
    };
  }
  const driver = contract?.minimumDriver ?? null;
  if (driver !== null && compareNumbers(gpu.driver, driver) < 0) {
    return {
      used: 'unknown',
      sentence: `no GPU program of ${image} will start, because the driver ${gpu.driver} is older than ${driver}.`,
    };
  }
  if (evidence.withoutAccess !== undefined) {
    return {
      used: 'unknown',
      sentence: `slipway run refuses ${image} here, because ${evidence.withoutAccess}.`,
    };
  }
  const major = contract?.flashAttention ?? majorOf(imported);
  const minimum = flashAttentionMajors.find((each) => each.major === major)?.minimumCapability ?? '8.0';
  const weak = gpus.find(
    ({ computeCapability }) => compareNumbers(computeCapability ?? minimum, minimum) < 0,
  );
  if (weak !== undefined) {
    return no(
      `the ${describeGpu(weak)} is older than compute capability ${minimum}, which flash-attention ${major ?? 2} needs`,
    );
  }
  const archs = compiledFor(contract, major);
  const uncovered = gpus.find(
    (each) => archs.length > 0 && coverage(archs, each.computeCapability) === undefined,
  );
  if (uncovered !== undefined) {
    return no(
      `flash-attention ${major} of ${image} was compiled for ${archs.join(', ')}, which does not run on the ${describeGpu(uncovered)}`,
    );
  }
  if (imported === null && contract === null) {
    return {
      used: 'unknown',
      sentence: `whether ${image} has flash-attention is not known: it has no labels, and ${evidence.untried ?? 'was not tried; add --pull'}.`,
    };
  }
  const version = imported?.outcome === 'imported' ? ` ${imported.version}` : ` ${major}`;
  const untried = `by the labels of the image, not tried: ${evidence.untried ?? 'it is not here'}`;
  const proof = imported === null ? untried : 'which imports';
  return {
    used: 'flash-attention',
    sentence: `flash-attention${version} of ${image} (${proof}) will be used on the ${describeGpu(gpu)} with driver ${gpu.driver}.`,
  };
}

/** Why nobody can say what the GPUs are able to; null: it is known. */
function whyUntold({ gpus, oldDriver, failure }: AttentionEvidence, untold: Gpu | undefined): string | null {
  if (untold) return `nvidia-smi does not tell what the ${describeGpu(untold)} is able to`;
  if (gpus.length > 0) return null;
  if (oldDriver) return `the driver ${oldDriver.version} cannot tell what its GPUs are able to; update it`;
  return failure ? `${failure}; ${unseenRemedy(failure)}` : null;
}

/** Compute capabilities of its compiled code; none where no label tells. `FLASH_ATTN_CUDA_ARCHS` spells 9.0 as 90. */
function compiledFor(contract: AttentionEvidence['contract'], major: number | null): string[] {
  const facts = flashAttentionMajors.find((each) => each.major === major);
  const names = contract?.flashAttnCudaArchs.split(';') ?? [];
  return (facts?.archs ?? []).filter(({ name }) => names.includes(name)).map(({ cubin }) => cubin);
}

function majorOf(imported: ImportResult | null): number | null {
  return imported?.outcome === 'imported' ? Number(imported.version.split('.')[0]) : null;
}
