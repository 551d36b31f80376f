import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askGpus, parseGpus, readGpuAnswer } from './gpus.ts';

const first = { index: 0, uuid: null };

/** As people published what nvidia-smi answered on their machines. */
it.each([
  [
    'without heading',
    'NVIDIA A100-SXM4-80GB, 8.0, 580.126.09, 81920 MiB\n',
    [
      {
        ...first,
        name: 'NVIDIA A100-SXM4-80GB',
        computeCapability: '8.0',
        driver: '580.126.09',
        memoryMiB: 81920,
      },
    ],
  ],
  [
    'with heading and units',
    'name, compute_cap, driver_version, memory.total [MiB]\nNVIDIA GeForce RTX 4070 Laptop GPU, 8.9, 581.42, 8188 MiB\n',
    [
      {
        ...first,
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
      { ...first, name: 'NVIDIA TITAN V', computeCapability: '7.0', driver: '570.86.15', memoryMiB: 12288 },
      {
        index: 1,
        uuid: null,
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
    [{ ...first, name: 'NVIDIA GB10', computeCapability: '12.1', driver: '580.159.03', memoryMiB: null }],
  ],
  [
    'with a heading of another order, more columns, a byte order mark and the line ends of Windows',
    '\uFEFFindex, uuid, driver_version, name, memory.total [MiB], compute_cap\r\n0, GPU-5f6b, 570.211.01, NVIDIA GeForce RTX 2080 Ti, 11264 MiB, 7.5\r\n',
    [
      {
        index: 0,
        uuid: 'GPU-5f6b',
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
    [
      {
        index: 1,
        uuid: 'GPU-5f6b-77',
        name: 'NVIDIA A100, 80GB',
        computeCapability: '8.0',
        driver: '580.126.09',
        memoryMiB: 81920,
      },
    ],
  ],
  [
    'of GPUs of which one does not tell its capability, and keeps its place',
    'NVIDIA GeForce RTX 3090, [N/A], 570.86.15, 24576 MiB\nNVIDIA A100, 8.0, 570.86.15, 81920 MiB\n',
    [
      {
        ...first,
        name: 'NVIDIA GeForce RTX 3090',
        computeCapability: null,
        driver: '570.86.15',
        memoryMiB: 24576,
      },
      {
        ...first,
        index: 1,
        name: 'NVIDIA A100',
        computeCapability: '8.0',
        driver: '570.86.15',
        memoryMiB: 81920,
      },
    ],
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
});

const a100 = '0, GPU-1, NVIDIA A100, 8.0, 570.86.15, 81920';
const lost = 'Unable to determine the device handle for GPU1: 0000:44:00.0: Unknown Error';

it.each<[string, string, number | null, string | null]>([
  ['a failure', 'NVIDIA-SMI has failed', 9, 'nvidia-smi ended with exit code 9: NVIDIA-SMI has failed'],
  ['one that was recorded', 'NVIDIA-SMI has failed', null, 'nvidia-smi says: NVIDIA-SMI has failed'],
  ['one without a word', '', 15, 'nvidia-smi ended with exit code 15'],
  ['a GPU that is lost', `${lost}\n${a100}`, 15, `nvidia-smi ended with exit code 15: ${lost}`],
  ['one that the exit code keeps quiet about', `${a100}\n\n${lost}`, 0, `nvidia-smi says: ${lost}`],
  ['none', `${a100}\nldconfig: a word of its own`, 0, null],
])('tells %s from a host without GPU', (_what, text, exitCode, failure) => {
  const read = readGpuAnswer(text, exitCode);
  expect(read.failure ?? null).toBe(failure);
  expect(read.gpus).toHaveLength(text.includes('A100') ? 1 : 0);
});

describe('an nvidia-smi', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-smi-'));
  const path = process.env.PATH;
  const answers = (...lines: string[]) =>
    writeFileSync(join(folder, 'nvidia-smi'), ['#!/bin/sh', ...lines].join('\n'), { mode: 0o755 });
  beforeAll(() => {
    process.env.PATH = `${folder}:${path}`;
  });
  afterAll(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  it('that does not know compute capabilities is asked once more, for what it knows', async () => {
    answers(
      'case "$*" in *compute_cap*) echo \'Field "compute_cap" is not a valid field to query.\'; exit 2;; esac',
      "printf 'name, driver_version\\nTesla K80, 470.182.03\\n'",
    );
    expect(await askGpus()).toMatchObject({ gpus: [], oldDriver: { version: '470.182.03' } });
  });

  it('that fails for one of two keeps the other', async () => {
    answers(`echo '${a100}'`, `echo '${lost}' >&2`, 'exit 15');
    expect(await askGpus()).toMatchObject({
      gpus: [{ index: 0, uuid: 'GPU-1', computeCapability: '8.0' }],
      failure: `nvidia-smi ended with exit code 15: ${lost}`,
    });
  });

  it('that hangs, and leaves something that holds its output, is waited for no longer than said', async () => {
    answers('sleep 20 & sleep 20');
    const began = Date.now();
    const { gpus, failure } = await askGpus({ timeoutMs: 300 });
    expect({ gpus, failure }).toEqual({ gpus: [], failure: 'nvidia-smi timed out after 300 ms' });
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  it('that prints what no terminal should be sent is told without that', async () => {
    answers(String.raw`printf '\033[31mbad\007 driver\033[0m\n'`, 'exit 1');
    expect((await askGpus()).instead).toBe('[31mbad driver[0m');
  });

  it('that cannot be started is there all the same', async () => {
    writeFileSync(join(folder, 'nvidia-smi'), '#!/no/such/shell\n', { mode: 0o755 });
    expect((await askGpus()).failure).toContain('nvidia-smi ended with exit code 127');
  });
});
