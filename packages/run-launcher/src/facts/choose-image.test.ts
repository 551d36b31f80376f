import type { Definition, MachineSettings } from '@slipway/contract';
import type { Gpu } from '@slipway/effects';
import { describe, expect, it } from 'vitest';
import type { RunDefinition } from '../definition/run-definition.ts';
import { chooseImage } from './choose-image.ts';
import type { HostFacts } from './host-facts.ts';

const workspace = {
  repositories: { runtime: 'team/app' },
  architectures: [
    { name: 'cpu', computeCapabilities: [] },
    { name: 'turing', computeCapabilities: ['7.5'] },
    { name: 'ampere', computeCapabilities: ['8.0', '8.6'] },
  ],
} as unknown as Definition;
const machine = { repositories: {} } as unknown as MachineSettings;
const nothing: HostFacts = { gpus: [], instead: 'x', engine: null, toolkitHook: false };
const turing = {
  index: 0,
  uuid: null,
  name: 'NVIDIA GeForce RTX 2080 Ti',
  computeCapability: '7.5',
  driver: '570.1',
  memoryMiB: 1,
};
const choose = (given: Partial<RunDefinition>, host: HostFacts) =>
  chooseImage({ image: null, version: null, architecture: null, gpus: null, ...given } as RunDefinition, {
    root: '/w',
    workspace,
    machine,
    host: Promise.resolve(host),
  });

it('says why an architecture was chosen', async () => {
  expect(await choose({ version: 'v1.0.0' }, { ...nothing, gpus: [turing] })).toEqual({
    reference: 'team/app:turing-v1.0.0',
    origins: { architecture: "this host's GPU: RTX 2080 Ti (7.5)" },
  });
  expect(await choose({ version: 'v1.0.0' }, nothing)).toMatchObject({
    reference: 'team/app:cpu-v1.0.0',
    origins: { architecture: 'this host has no GPU' },
  });
  expect(await choose({ image: 'a/b:c' }, nothing)).toEqual({ reference: 'a/b:c', origins: {} });
});

it('calls an image that is none a wrong call', async () => {
  await expect(choose({ image: 'TEAM/app' }, nothing)).rejects.toThrow(
    'error[usage] "TEAM/app" is not an image reference',
  );
});

it('does not take a host whose driver is too old to tell for one without GPU', async () => {
  const old = { ...nothing, oldDriver: { version: '470.182.03', gpus: ['Tesla K80'] } };
  await expect(choose({ version: 'v1.0.0' }, old)).rejects.toThrow(
    'error[driver-too-old] the driver of this host',
  );
  expect(await choose({ version: 'v1.0.0', architecture: 'cpu' }, old)).toMatchObject({ origins: {} });
});

describe('chooses by the GPUs that the run gets', () => {
  const old = { ...turing, name: 'GT 710', computeCapability: '3.5' };
  const a100 = { ...turing, index: 1, name: 'A100', computeCapability: '8.0' };
  const rtx = { ...turing, index: 2, name: 'RTX 3090', computeCapability: '8.6' };
  const untold = { ...turing, name: 'RTX 3090', computeCapability: null };
  it.each<[string | null, Gpu[], string, string]>([
    ['device=1', [turing, a100], 'ampere', "this host's GPU: A100 (8.0)"],
    ['none', [turing, a100], 'cpu', 'the run gets no GPU'],
    ['1', [turing, a100], 'turing', "this host's GPU: RTX 2080 Ti (7.5)"],
    ['device=1:0', [turing, a100], 'ampere', "this host's GPU: A100 (8.0)"],
    // Else the first that there is an architecture for: the check says which GPUs it is for.
    [null, [old, a100, rtx], 'ampere', "this host's GPU: A100 (8.0), RTX 3090 (8.6)"],
    [null, [turing, a100], 'turing', "this host's GPU: RTX 2080 Ti (7.5)"],
    [null, [untold, a100], 'ampere', "this host's GPU: A100 (8.0)"],
    // That it is not there is told by the check.
    ['device=7', [a100], 'ampere', "this host's GPU: A100 (8.0)"],
  ])('--gpus %s', async (gpus, host, architecture, origin) => {
    expect(await choose({ version: 'v1.0.0', gpus }, { ...nothing, gpus: host })).toEqual({
      reference: `team/app:${architecture}-v1.0.0`,
      origins: { architecture: origin },
    });
  });

  it('and guesses none where nobody can tell which these are', async () => {
    const failure = 'nvidia-smi timed out after 10000 ms';
    const broken = { ...nothing, failure };
    await expect(choose({ version: 'v1.0.0' }, broken)).rejects.toThrow(
      `error[gpu-unknown] which architecture this host takes cannot be told: ${failure}\n  fix: see whether nvidia-smi ever ends`,
    );
    await expect(choose({ version: 'v1.0.0' }, { ...nothing, gpus: [untold] })).rejects.toThrow(
      'cannot be told: nvidia-smi lists RTX 3090 (compute capability not told)',
    );
    const bare = { reference: 'team/app:cpu-v1.0.0' };
    expect(await choose({ version: 'v1.0.0', gpus: 'none' }, broken)).toMatchObject(bare);
    expect(await choose({ version: 'v1.0.0', architecture: 'cpu' }, broken)).toMatchObject(bare);
    // Those that answer are enough to choose by.
    expect(await choose({ version: 'v1.0.0' }, { ...broken, gpus: [a100] })).toMatchObject({
      reference: 'team/app:ampere-v1.0.0',
    });
  });
});
