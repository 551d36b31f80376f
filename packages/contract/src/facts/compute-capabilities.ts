/** A generation of NVIDIA GPUs, as far as compiled code is concerned. */
export interface ComputeCapability {
  /** Major and minor. */
  capability: string;
  family: string;
  /** Tegra: a system on a chip (Jetson, Drive), whose cubins are of its own kind. */
  kind: 'desktop' | 'tegra';
  /** Names that people know it by; the first ones are the best known. */
  gpus: readonly string[];
}

/**
 * Sources: https://developer.nvidia.com/cuda-gpus (names) and
 * https://developer.nvidia.com/cuda-legacy-gpus (before Turing);
 * https://docs.nvidia.com/cuda/cuda-c-programming-guide/#compute-capabilities (families; Tegra among them).
 */
export const computeCapabilities: readonly ComputeCapability[] = [
  { capability: '5.0', family: 'Maxwell', kind: 'desktop', gpus: ['GTX 750 Ti', 'Quadro M2000'] },
  { capability: '5.2', family: 'Maxwell', kind: 'desktop', gpus: ['GTX 980', 'Tesla M40', 'Tesla M60'] },
  { capability: '5.3', family: 'Maxwell', kind: 'tegra', gpus: ['Jetson Nano', 'Jetson TX1'] },
  { capability: '6.0', family: 'Pascal', kind: 'desktop', gpus: ['Tesla P100', 'Quadro GP100'] },
  { capability: '6.1', family: 'Pascal', kind: 'desktop', gpus: ['GTX 1080 Ti', 'Tesla P40', 'Titan Xp'] },
  { capability: '6.2', family: 'Pascal', kind: 'tegra', gpus: ['Jetson TX2'] },
  { capability: '7.0', family: 'Volta', kind: 'desktop', gpus: ['V100', 'Titan V'] },
  { capability: '7.2', family: 'Volta', kind: 'tegra', gpus: ['Jetson AGX Xavier'] },
  {
    capability: '7.5',
    family: 'Turing',
    kind: 'desktop',
    gpus: ['RTX 2080 Ti', 'T4', 'Titan RTX', 'Quadro RTX 8000'],
  },
  { capability: '8.0', family: 'Ampere', kind: 'desktop', gpus: ['A100', 'A30'] },
  {
    capability: '8.6',
    family: 'Ampere',
    kind: 'desktop',
    gpus: ['RTX 3090', 'RTX 3080', 'RTX A6000', 'A40', 'A10'],
  },
  { capability: '8.7', family: 'Ampere', kind: 'tegra', gpus: ['Jetson AGX Orin', 'Jetson Orin Nano'] },
  {
    capability: '8.9',
    family: 'Ada',
    kind: 'desktop',
    gpus: ['RTX 4090', 'L4', 'L40S', 'L40', 'RTX 6000 Ada'],
  },
  { capability: '9.0', family: 'Hopper', kind: 'desktop', gpus: ['H100', 'H200', 'GH200'] },
  { capability: '10.0', family: 'Blackwell', kind: 'desktop', gpus: ['B200', 'GB200'] },
  { capability: '10.3', family: 'Blackwell', kind: 'desktop', gpus: ['B300', 'GB300'] },
  { capability: '11.0', family: 'Blackwell', kind: 'tegra', gpus: ['Jetson AGX Thor'] },
  {
    capability: '12.0',
    family: 'Blackwell',
    kind: 'desktop',
    gpus: ['RTX 5090', 'RTX 5080', 'RTX PRO 6000 Blackwell'],
  },
  { capability: '12.1', family: 'Blackwell', kind: 'desktop', gpus: ['GB10', 'DGX Spark'] },
];
