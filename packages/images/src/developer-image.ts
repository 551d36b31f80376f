import { type Architecture, type Definition, gpuContract } from '@slipway/contract';

/** The foreign image that a dev image stands on: the one with CUDA's compiler, or without CUDA the operating system. */
export function developerImage(architecture: Architecture, definition: Pick<Definition, 'images'>): string {
  return gpuContract(architecture, definition).cudaDevelImage ?? definition.images.os;
}
