import { compareNumbers, coverage } from './capability.ts';
import type { Architecture, Definition } from './definition.ts';
import { cudaReleases } from './facts/cuda.ts';
import { flashAttentionMajors } from './facts/flash-attention.ts';
import { torchReleases } from './facts/torch.ts';

/** What an image is for. Derived here and nowhere else; keys, build arguments, labels and launch checks read it. */
export interface GpuContract {
  /** The GPUs that the image promises to run on, ascending. */
  computeCapabilities: readonly string[];
  /** Major and minor; null: no CUDA. */
  cuda: string | null;
  /** TORCH_CUDA_ARCH_LIST: `8.0;8.6`; empty without capabilities. */
  torchCudaArchList: string;
  /** FLASH_ATTN_CUDA_ARCHS: `80;90`; empty without flash-attention. */
  flashAttnCudaArchs: string;
  /** The oldest Linux driver; null: no CUDA. */
  minimumDriver: string | null;
  /** Reference of the image that native wheels are compiled in; null: no CUDA. */
  cudaDevelImage: string | null;
  /** Its major version; null: none. */
  flashAttention: number | null;
  /** Whether there is a C compiler with headers. */
  jit: boolean;
}

/** Derives the GPU contract of an architecture whose definition passed the rules. */
export function gpuContract(architecture: Architecture, definition: Pick<Definition, 'images'>): GpuContract {
  const capabilities = architecture.computeCapabilities.toSorted(compareNumbers);
  const release = cudaReleases.find(({ version }) => version === architecture.cuda);
  return {
    computeCapabilities: capabilities,
    cuda: architecture.cuda,
    torchCudaArchList: capabilities.join(';'),
    flashAttnCudaArchs: flashAttentionArchs(architecture, capabilities).join(';'),
    minimumDriver: release === undefined ? null : minimumDriver(architecture, release),
    cudaDevelImage:
      release === undefined ? null : definition.images.cudaDevel.replaceAll('<cuda>', release.imageVersion),
    flashAttention:
      architecture.flashAttention === null ? null : majorOf(architecture.flashAttention.version),
    jit: architecture.jit,
  };
}

/** `2.7.4.post1` -> 2. */
export function majorOf(version: string): number {
  return Number(version.split('.')[0]);
}

/** The fewest values of FLASH_ATTN_CUDA_ARCHS that serve all capabilities; each one more is compile time. */
function flashAttentionArchs(architecture: Architecture, capabilities: readonly string[]): string[] {
  const { flashAttention } = architecture;
  if (flashAttention === null) return [];
  const facts = flashAttentionMajors.find(({ major }) => major === majorOf(flashAttention.version));
  return (facts?.archs ?? [])
    .filter(({ cubin }) => capabilities.some((capability) => coverage([cubin], capability) === 'cubin'))
    .map(({ name }) => name);
}

/** Where torch reaches a GPU through PTX only, the driver compiles it and must know this release's PTX. */
function minimumDriver(architecture: Architecture, release: (typeof cudaReleases)[number]): string {
  const archs = torchArchs(architecture) ?? [];
  const needsPtx = architecture.computeCapabilities.some(
    (capability) => coverage(archs, capability) === 'ptx',
  );
  return needsPtx ? release.ownDriver : release.minimumDriver;
}

/** The code inside the torch wheel of an architecture; undefined where no fact tells it. */
export function torchArchs(architecture: Architecture): readonly string[] | undefined {
  const version = architecture.torch?.version.replace(/\+.*$/, '');
  const release = torchReleases.find((candidate) => candidate.version === version);
  return architecture.cuda === null ? undefined : release?.builds[architecture.cuda];
}
