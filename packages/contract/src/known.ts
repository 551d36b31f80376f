import { computeCapabilities } from './facts/compute-capabilities.ts';
import { cudaReleases } from './facts/cuda.ts';

/** Whether there is such a generation of GPUs at all. */
export function isKnownCapability(capability: string): boolean {
  return computeCapabilities.some((candidate) => candidate.capability === capability);
}

/** Whether the facts know the CUDA minor. */
export function isKnownCuda(cuda: string): boolean {
  return cudaReleases.some(({ version }) => version === cuda);
}
