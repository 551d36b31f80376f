import { computeCapabilities } from './facts/compute-capabilities.ts';

/** How compiled code runs on a GPU: as it is, or compiled by the driver when it is first used. */
export type Coverage = 'cubin' | 'ptx';

/**
 * How a library whose code was compiled for `archs` (`8.0`, `12.0+PTX`) runs on a compute capability; undefined: not
 * at all ('no kernel image is available'), or nobody can tell, as of a GPU whose capability is not known (null).
 *
 * A cubin runs on its own major with an equal or higher minor, PTX on everything from its version up; a Tegra takes
 * only cubins of its very own. Source: https://docs.nvidia.com/cuda/cuda-c-programming-guide/#binary-compatibility
 */
export function coverage(archs: readonly string[], capability: string | null): Coverage | undefined {
  if (capability === null) return undefined;
  if (archs.some((arch) => cubinRuns(arch.replace('+PTX', ''), capability))) return 'cubin';
  const ptx = archs.filter((arch) => arch.endsWith('+PTX')).map((arch) => arch.replace('+PTX', ''));
  return ptx.some((arch) => compareNumbers(arch, capability) <= 0) ? 'ptx' : undefined;
}

/** Order for versions of dotted numbers such as `8.6`, `12.8` or `525.60.13`. */
export function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  const differing = left.findIndex((part, index) => part !== (right[index] ?? 0));
  if (differing === -1) return left.length - right.length;
  return (left[differing] ?? 0) - (right[differing] ?? 0);
}

/** `8.6` -> `8.6 (Ampere: RTX 3090)`, for messages. */
export function describeCapability(capability: string): string {
  const known = computeCapabilities.find((candidate) => candidate.capability === capability);
  return known === undefined ? capability : `${capability} (${known.family}: ${known.gpus[0]})`;
}

function cubinRuns(arch: string, capability: string): boolean {
  if (arch === capability) return true;
  if (isTegra(arch) || isTegra(capability)) return false;
  const [major] = arch.split('.');
  return capability.split('.')[0] === major && compareNumbers(arch, capability) <= 0;
}

function isTegra(capability: string): boolean {
  return computeCapabilities.find((candidate) => candidate.capability === capability)?.kind === 'tegra';
}
