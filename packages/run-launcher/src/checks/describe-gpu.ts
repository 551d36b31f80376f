import type { Gpu } from '@slipway/effects';

/** `RTX 2080 Ti (7.5)`: the maker and the brand go without saying. */
export function describeGpu({ name, computeCapability }: Gpu): string {
  const capability = computeCapability ?? 'compute capability not told';
  return `${name.replace(/^NVIDIA /, '').replace(/^GeForce /, '')} (${capability})`;
}

/** By its sound: an RTX, an A100, an H100, a Tesla, a GTX. */
export function article(each: Gpu): string {
  return /^(?:RTX|[AEFHLMNRSX]\d|[AEIO])/.test(describeGpu(each)) ? 'an' : 'a';
}
