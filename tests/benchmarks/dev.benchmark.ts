import { readMachine } from '@slipway/effects';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ThrowawayWorkspace, throwawayWorkspace } from '../engine/throwaway-workspace.ts';
import { takePrebuiltWheel, wheelFits, withoutFlashAttention } from '../torch/prebuilt-wheel.ts';
import { buildDeveloperImage } from './developer-image.ts';

/**
 * The dev image of ampere with real torch, a real nvcc (Debian's 12.4 in the place of NVIDIA's developer image) and, where
 * one lies beside the repository, a real flash-attention wheel; used as one who works on CUDA code does, without a GPU.
 */
const developerImage = 'nvidia/cuda:12.6.3-devel-ubuntu24.04';

let workspace: ThrowawayWorkspace;
let repository: string;
beforeAll(async () => {
  workspace = await throwawayWorkspace();
  repository = workspace.repositories.base.replace(/base$/, 'linnaeus');
  workspace.edit('slipway.toml', (text) => text.replace(/^dev\s*=.*$/m, `dev = "${repository}"`));
  const { substitutes } = readMachine(workspace.root);
  const reference = await buildDeveloperImage(workspace, substitutes['ubuntu:24.04'] ?? '');
  workspace.changeMachine((machine) => {
    machine.substitutes[developerImage] = reference;
  });
  await (wheelFits ? takePrebuiltWheel : withoutFlashAttention)(workspace);
}, 3_600_000);
afterAll(async () => {
  await workspace?.docker('rmi', '--force', `${repository}:dev`, `${repository}:dev-ampere`);
  workspace?.dispose();
});

it('compiles against torch, CUDA and cuDNN in the dev image of ampere', async () => {
  const { exitCode, stdout, stderr } = await workspace.nx('run', 'runtime-image:build-dev');
  expect(exitCode, stdout + stderr).toBe(0);
  const [first] = workspace.records('dev-ampere');
  await workspace.nx('run', 'runtime-image:build-dev');
  const again = workspace.records('dev-ampere').at(-1);
  const inspected = await workspace.docker('image', 'inspect', '--format={{.Size}}', `${repository}:dev`);
  const versions = await container(
    '-c',
    `import torch${wheelFits ? ', flash_attn' : ''}; print(torch.__version__, torch.version.cuda, torch.backends.cudnn.version()${wheelFits ? ', flash_attn.__version__' : ''})`,
  );
  const [, , cudnn] = versions.split(' ');
  const linked = await container(
    ...['bash', '-c'],
    `cd /tmp && printf '#include <cudnn.h>\\n#include <stdio.h>\\nint main() { printf("%%zu", cudnnGetVersion()); }' > it.cpp && g++ it.cpp -lcudnn -o it && ./it`,
  );
  expect(linked).toBe(cudnn);
  const extension = await container('-c', cudaExtension);
  expect(extension).toContain('sm_80 sm_86');
  console.log(
    `dev-ampere built in ${first?.durationSeconds} s, again in ${again?.durationSeconds} s; ` +
      `${(Number(inspected.stdout) / 1e9).toFixed(2)} GB in the engine; torch, CUDA, cuDNN, flash-attention: ${versions}`,
  );
});

/** A CUDA kernel that torch's own way of building extensions compiles, and for which GPUs it did. */
const cudaExtension = `
import subprocess, torch
from torch.utils.cpp_extension import load_inline
source = '''
#include <torch/types.h>
__global__ void twice(float* x, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) x[i] *= 2; }
void run(torch::Tensor x) { twice<<<1, 32>>>(x.data_ptr<float>(), x.numel()); }
'''
built = load_inline("twice", cpp_sources="void run(torch::Tensor x);", cuda_sources=source, functions="run", build_directory="/tmp")
found = subprocess.run(["cuobjdump", "--list-elf", "/tmp/twice.so"], capture_output=True, text=True).stdout
print(*sorted({part for part in found.split(".") if part.startswith("sm_")}))
`;

async function container(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await workspace.docker('run', '--rm', `${repository}:dev`, ...args);
  expect(exitCode, stdout + stderr).toBe(0);
  return stdout.trim();
}
