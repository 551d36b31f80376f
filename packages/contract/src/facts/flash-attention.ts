/** One value of FLASH_ATTN_CUDA_ARCHS: what it compiles and whom that serves. */
export interface FlashAttentionArch {
  /** As the variable spells it. */
  name: string;
  /** The compute capability of its cubins. */
  cubin: string;
  /** The oldest nvcc that compiles it. */
  minimumNvcc: string;
}

/** A major version of flash-attention. */
export interface FlashAttentionMajor {
  major: number;
  /** Whether the Python registry has a source distribution to compile. */
  source: boolean;
  /** The oldest compute capability that it runs on at all. */
  minimumCapability: string;
  archs: readonly FlashAttentionArch[];
}

/**
 * Sources: https://github.com/Dao-AILab/flash-attention, `setup.py` at v2.7.4.post1 (archs, nvcc; it ignores
 * TORCH_CUDA_ARCH_LIST) and `csrc/flash_attn/flash_api.cpp` (compute capability 8.0); `hopper/setup.py` (3: CUDA >=
 * 12.3, Hopper, installed from the repository, no source distribution at https://pypi.org/project/flash-attn/).
 */
export const flashAttentionMajors: readonly FlashAttentionMajor[] = [
  {
    major: 2,
    source: true,
    minimumCapability: '8.0',
    archs: [
      { name: '80', cubin: '8.0', minimumNvcc: '11.7' },
      { name: '90', cubin: '9.0', minimumNvcc: '11.8' },
      { name: '100', cubin: '10.0', minimumNvcc: '12.8' },
      { name: '120', cubin: '12.0', minimumNvcc: '12.8' },
    ],
  },
  {
    major: 3,
    source: false,
    minimumCapability: '9.0',
    archs: [{ name: '90', cubin: '9.0', minimumNvcc: '12.3' }],
  },
];

/** Which minors of torch the project's own wheels of a version are made for. */
export interface FlashAttentionWheels {
  version: string;
  torch: readonly string[];
}

/** Source: the files of https://github.com/Dao-AILab/flash-attention/releases; torch 2.7 begins at 2.8.0.post2. */
export const flashAttentionWheels: readonly FlashAttentionWheels[] = [
  { version: '2.7.4.post1', torch: ['2.2', '2.3', '2.4', '2.5', '2.6'] },
];

/**
 * What compiling flash-attention 2 takes. Sources: `setup.py` at v2.7.4.post1 (9 GiB of memory a job, at most half
 * of the cores); the CI & Docker Guide of linnaeus (a builder stage of 40 GB).
 */
export const flashAttentionBuild = {
  memoryBytesPerJob: 9 * 2 ** 30,
  coresPerJob: 2,
  diskBytes: 40e9,
} as const;
