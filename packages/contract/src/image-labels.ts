import type { Architecture } from './definition.ts';
import type { GpuContract } from './gpu-contract.ts';
import { Failure, type Problem } from './problem.ts';

/** The GPU contract and the names beside it, as an image's labels tell them before anything is pulled. */
export interface LabelledContract extends Omit<GpuContract, 'cudaDevelImage'> {
  architecture: string;
  /** The lowest Python minor. */
  python: string;
  torch: string | null;
  /** Of images that were made before it was noted beside them: see `Deprecation`. */
  deprecated: string | null;
}

/** Label of each field; a field that is null has no label. */
const keys: Record<keyof LabelledContract, string> = {
  architecture: 'io.slipway.architecture',
  python: 'io.slipway.python',
  torch: 'io.slipway.torch',
  deprecated: 'io.slipway.deprecated',
  computeCapabilities: 'io.slipway.gpu.compute-capabilities',
  cuda: 'io.slipway.gpu.cuda',
  torchCudaArchList: 'io.slipway.gpu.torch-cuda-arch-list',
  flashAttnCudaArchs: 'io.slipway.gpu.flash-attn-cuda-archs',
  minimumDriver: 'io.slipway.gpu.minimum-driver',
  flashAttention: 'io.slipway.flash-attention',
  jit: 'io.slipway.jit',
};

/** The `io.slipway.*` labels of an image of an architecture, sorted. `org.opencontainers.image.*` is the caller's. */
export function imageLabels(architecture: Architecture, contract: GpuContract): Record<string, string> {
  const fields: LabelledContract = {
    ...contract,
    architecture: architecture.name,
    python: architecture.python,
    torch: architecture.torch?.version ?? null,
    // Said later than the image is made, and by what lies beside it: here it would make every image another one.
    deprecated: null,
  };
  const labels = Object.entries(keys).flatMap(([field, label]) => {
    const value = fields[field as keyof LabelledContract];
    if (value === null) return [];
    return [[label, Array.isArray(value) ? value.join(';') : String(value)] as const];
  });
  return Object.fromEntries(labels.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Reads what `imageLabels` wrote; null when the image has no Slipway label at all. Throws Failure `labels-malformed`
 * with everything that is missing or cannot be read.
 */
export function readContractLabels(labels: Readonly<Record<string, string>>): LabelledContract | null {
  if (!Object.values(keys).some((key) => key in labels)) return null;
  const problems: Problem[] = [];
  const optional = (field: keyof LabelledContract) => labels[keys[field]] ?? null;
  const text = (field: keyof LabelledContract, form: RegExp, noun: string) => {
    const value = labels[keys[field]];
    if (value === undefined || !form.test(value)) problems.push(malformed(keys[field], value, noun));
    return value ?? '';
  };
  const optionalText = (field: keyof LabelledContract, form: RegExp, noun: string) =>
    optional(field) === null ? null : text(field, form, noun);

  const capabilities = text(
    'computeCapabilities',
    /^(?:\d+\.\d+(?:;\d+\.\d+)*)?$/,
    'compute capabilities such as 8.0;8.6, or empty',
  );
  const flashAttention = optionalText('flashAttention', /^\d+$/, 'a whole number such as 2');
  const contract: LabelledContract = {
    architecture: text('architecture', /./, 'a name'),
    python: text('python', /^\d+\.\d+$/, 'a version such as 3.12'),
    torch: optional('torch'),
    deprecated: optional('deprecated'),
    computeCapabilities: capabilities === '' ? [] : capabilities.split(';'),
    cuda: optionalText('cuda', /^\d+\.\d+$/, 'a version such as 12.6'),
    torchCudaArchList: text(
      'torchCudaArchList',
      /^[\d.;]*$/,
      'compute capabilities such as 8.0;8.6, or empty',
    ),
    flashAttnCudaArchs: text('flashAttnCudaArchs', /^[\d;]*$/, 'numbers such as 80;90, or empty'),
    minimumDriver: optionalText('minimumDriver', /^\d+(?:\.\d+)*$/, 'a version such as 525.60.13'),
    flashAttention: flashAttention === null ? null : Number(flashAttention),
    jit: text('jit', /^(?:true|false)$/, 'true or false') === 'true',
  };
  if (problems.length > 0) throw new Failure(problems);
  return contract;
}

function malformed(label: string, value: string | undefined, noun: string): Problem {
  return {
    code: 'labels-malformed',
    message:
      value === undefined
        ? `the image has no label ${label}`
        : `the image's label ${label} is "${value}", which is not ${noun}`,
    remedy: 'Use an image that Slipway built, or build this one again with this version of Slipway.',
  };
}
