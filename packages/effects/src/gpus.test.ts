import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { askGpus, parseGpus, readGpuAnswer } from './gpus.ts';

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
  [
    'with a heading of another order, more columns, a byte order mark and the line ends of Windows',
    '\uFEFFindex, uuid, driver_version, name, memory.total [MiB], compute_cap\r\n0, GPU-5f6b, 570.211.01, NVIDIA GeForce RTX 2080 Ti, 11264 MiB, 7.5\r\n',
    [
      {
        name: 'NVIDIA GeForce RTX 2080 Ti',
        computeCapability: '7.5',
        driver: '570.211.01',
        memoryMiB: 11264,
      },
    ],
  ],
  [
    'without heading, behind an index and a UUID, with a quoted name',
    '1, GPU-5f6b-77, "NVIDIA A100, 80GB", 8.0, 580.126.09, 81920 MiB\n',
    [{ name: 'NVIDIA A100, 80GB', computeCapability: '8.0', driver: '580.126.09', memoryMiB: 81920 }],
  ],
  ['a driver that does not know the question', 'Field "compute_cap" is not a valid field to query.\n', []],
  ['no GPU', 'No devices were found\n', []],
])('reads an answer %s', (_what, text, gpus) => {
  expect(parseGpus(text)).toEqual(gpus);
});

it('tells a driver that knows no compute capabilities from a host without GPU', () => {
  expect(readGpuAnswer('name, driver_version\nTesla K80, 470.182.03\nTesla K80, 470.182.03\n')).toEqual({
    gpus: [],
    instead: 'driver 470.182.03 lists Tesla K80, Tesla K80, but cannot tell its compute capability',
    oldDriver: { version: '470.182.03', gpus: ['Tesla K80', 'Tesla K80'] },
  });
  expect(readGpuAnswer('No devices were found\n')).toEqual({ gpus: [], instead: 'No devices were found' });
});

it('asks a driver that does not know compute capabilities once more, for what it knows', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-smi-'));
  const answers = [
    '#!/bin/sh',
    'case "$*" in *compute_cap*) echo \'Field "compute_cap" is not a valid field to query.\'; exit 2;; esac',
    "printf 'name, driver_version\\nTesla K80, 470.182.03\\n'",
  ];
  writeFileSync(join(folder, 'nvidia-smi'), answers.join('\n'), { mode: 0o755 });
  const path = process.env.PATH;
  process.env.PATH = `${folder}:${path}`;
  try {
    expect(await askGpus()).toMatchObject({ gpus: [], oldDriver: { version: '470.182.03' } });
  } finally {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  }
});
