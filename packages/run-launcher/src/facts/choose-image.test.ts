import type { Definition, MachineSettings } from '@slipway/contract';
import { expect, it } from 'vitest';
import type { RunDefinition } from '../definition/run-definition.ts';
import { chooseImage } from './choose-image.ts';
import type { HostFacts } from './host-facts.ts';

const workspace = {
  repositories: { runtime: 'team/app' },
  architectures: [
    { name: 'cpu', computeCapabilities: [] },
    { name: 'turing', computeCapabilities: ['7.5'] },
  ],
} as unknown as Definition;
const machine = { repositories: {} } as unknown as MachineSettings;
const nothing: HostFacts = { gpus: [], instead: 'x', engine: null, toolkitHook: false };
const turing = {
  name: 'NVIDIA GeForce RTX 2080 Ti',
  computeCapability: '7.5',
  driver: '570.1',
  memoryMiB: 1,
};
const choose = (given: Partial<RunDefinition>, host: HostFacts) =>
  chooseImage({ image: null, version: null, architecture: null, ...given } as RunDefinition, {
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

it('does not take a host whose driver is too old to tell for one without GPU', async () => {
  const old = { ...nothing, oldDriver: { version: '470.182.03', gpus: ['Tesla K80'] } };
  await expect(choose({ version: 'v1.0.0' }, old)).rejects.toThrow(
    'error[driver-too-old] the driver of this host',
  );
  expect(await choose({ version: 'v1.0.0', architecture: 'cpu' }, old)).toMatchObject({ origins: {} });
});
