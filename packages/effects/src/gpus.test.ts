import { expect, it } from 'vitest';
import { parseGpus } from './gpus.ts';

/** As people published what nvidia-smi answered on their machines. */
it.each([
  [
    'without heading',
    'NVIDIA A100-SXM4-80GB, 8.0, 580.126.09, 81920 MiB\n',
    [{ name: 'NVIDIA A100-SXM4-80GB', computeCapability: '8.0', driver: '580.126.09', memoryMiB: 81920 }],
  ],
  [
    'with heading and units',
    'name, compute_cap, driver_version, memory.total [MiB]\nNVIDIA GeForce RTX 4070 Laptop GPU, 8.9, 581.42, 8188 MiB\n',
    [
      {
        name: 'NVIDIA GeForce RTX 4070 Laptop GPU',
        computeCapability: '8.9',
        driver: '581.42',
        memoryMiB: 8188,
      },
    ],
  ],
  [
    'without units, two of them',
    'NVIDIA TITAN V, 7.0, 570.86.15, 12288\nNVIDIA RTX 5880 Ada Generation, 8.9, 570.86.15, 49140\n',
    [
      { name: 'NVIDIA TITAN V', computeCapability: '7.0', driver: '570.86.15', memoryMiB: 12288 },
      {
        name: 'NVIDIA RTX 5880 Ada Generation',
        computeCapability: '8.9',
        driver: '570.86.15',
        memoryMiB: 49140,
      },
    ],
  ],
  [
    'memory that is the host’s',
    'NVIDIA GB10, 12.1, 580.159.03, [N/A]\n',
    [{ name: 'NVIDIA GB10', computeCapability: '12.1', driver: '580.159.03', memoryMiB: null }],
  ],
  ['a driver that does not know the question', 'Field "compute_cap" is not a valid field to query.\n', []],
  ['no GPU', 'No devices were found\n', []],
])('reads an answer %s', (_what, text, gpus) => {
  expect(parseGpus(text)).toEqual(gpus);
});
