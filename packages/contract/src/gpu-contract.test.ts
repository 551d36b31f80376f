import { expect, test } from 'vitest';
import { gpuContract } from './gpu-contract.ts';
import { imageLabels, readContractLabels } from './image-labels.ts';
import { Failure } from './problem.ts';
import { type Change, definition } from './testing/samples.ts';

function contractOf(...ampere: Change[]) {
  const sample = definition({ ampere });
  const [architecture] = sample.architectures;
  if (architecture === undefined) throw new Error('the sample has an architecture');
  return { architecture, contract: gpuContract(architecture, sample) };
}

const cpu: Change[] = [
  ['"8.0", "8.6"', ''],
  ['cuda = "12.6"\n', ''],
  ['\n[torch]\nversion = "2.7.1"\n\n[flash_attention]\nversion = "2.7.4.post1"\n', ''],
];

test('everything about the GPU is derived from the architecture', () => {
  expect(contractOf(['"8.0", "8.6"', '"8.6", "8.0"']).contract).toEqual({
    computeCapabilities: ['8.0', '8.6'],
    cuda: '12.6',
    torchCudaArchList: '8.0;8.6',
    flashAttnCudaArchs: '80',
    minimumDriver: '525.60.13',
    cudaDevelImage: 'nvidia/cuda:12.6.3-devel-ubuntu24.04',
    flashAttention: 2,
    jit: true,
  });
});

test.each([
  ['"8.9"', '80'],
  ['"9.0"', '90'],
  ['"8.6", "9.0", "10.0", "12.0", "12.1"', '80;90;100;120'],
])('FLASH_ATTN_CUDA_ARCHS for %s is %s', (capabilities, archs) => {
  expect(contractOf(['"8.0", "8.6"', capabilities]).contract.flashAttnCudaArchs).toBe(archs);
});

test('a GPU that is reached through PTX needs the driver that knows this PTX', () => {
  const of = (capabilities: string) =>
    contractOf(['"8.0", "8.6"', capabilities], ['"12.6"', '"12.9"'], ['"2.7.1"', '"2.8.0"']).contract;
  expect(of('"12.1"').minimumDriver).toBe('525.60.13');
  // 2.8.0 for CUDA 12.9 ends in 12.0+PTX; no GPU is newer than 12.1 yet, 13.0 stands for the next one.
  expect(of('"12.0", "13.0"').minimumDriver).toBe('575.51.03');
});

test('CUDA 13 needs driver 580', () => {
  expect(contractOf(['"12.6"', '"13.0"']).contract).toMatchObject({
    minimumDriver: '580.65.06',
    cudaDevelImage: 'nvidia/cuda:13.0.2-devel-ubuntu24.04',
  });
});

test('without a GPU nothing is promised', () => {
  expect(contractOf(...cpu).contract).toEqual({
    computeCapabilities: [],
    cuda: null,
    torchCudaArchList: '',
    flashAttnCudaArchs: '',
    minimumDriver: null,
    cudaDevelImage: null,
    flashAttention: null,
    jit: false,
  });
});

test('labels say the contract and are read back', () => {
  const { architecture, contract } = contractOf(['cuda =', 'deprecated = "Use ada."\ncuda =']);
  const labels = imageLabels(architecture, contract);
  expect(labels).toEqual({
    'io.slipway.architecture': 'ampere',
    'io.slipway.flash-attention': '2',
    'io.slipway.gpu.compute-capabilities': '8.0;8.6',
    'io.slipway.gpu.cuda': '12.6',
    'io.slipway.gpu.flash-attn-cuda-archs': '80',
    'io.slipway.gpu.minimum-driver': '525.60.13',
    'io.slipway.gpu.torch-cuda-arch-list': '8.0;8.6',
    'io.slipway.jit': 'true',
    'io.slipway.python': '3.12',
    'io.slipway.torch': '2.7.1',
  });
  const { cudaDevelImage, ...promised } = contract;
  expect(cudaDevelImage).not.toBeNull();
  expect(readContractLabels({ ...labels, 'org.opencontainers.image.version': 'v1.0.0' })).toEqual({
    ...promised,
    architecture: 'ampere',
    python: '3.12',
    torch: '2.7.1',
    deprecated: null,
  });
  // Of images that were made when it was a label.
  expect(readContractLabels({ ...labels, 'io.slipway.deprecated': 'Use ada.' })?.deprecated).toBe('Use ada.');
});

test('labels of an image without GPU are read back', () => {
  const { architecture, contract } = contractOf(...cpu);
  expect(readContractLabels(imageLabels(architecture, contract))).toEqual({
    architecture: 'ampere',
    python: '3.12',
    torch: null,
    deprecated: null,
    computeCapabilities: [],
    cuda: null,
    torchCudaArchList: '',
    flashAttnCudaArchs: '',
    minimumDriver: null,
    flashAttention: null,
    jit: false,
  });
});

test('an image of somebody else has no contract', () => {
  expect(readContractLabels({ 'org.opencontainers.image.version': '24.04' })).toBeNull();
});

test('everything wrong in labels is told', () => {
  const { architecture, contract } = contractOf();
  const { 'io.slipway.jit': _, ...labels } = imageLabels(architecture, contract);
  const remedy = 'Use an image that Slipway built, or build this one again with this version of Slipway.';
  expect(() => readContractLabels({ ...labels, 'io.slipway.gpu.cuda': 'twelve' })).toThrow(
    new Failure([
      {
        code: 'labels-malformed',
        message: 'the image\'s label io.slipway.gpu.cuda is "twelve", which is not a version such as 12.6',
        remedy,
      },
      { code: 'labels-malformed', message: 'the image has no label io.slipway.jit', remedy },
    ]),
  );
});
