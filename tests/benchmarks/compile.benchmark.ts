import { readFileSync } from 'node:fs';
import { readMachine } from '@slipway/effects';
import type { ImageRecord } from '@slipway/images';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateEngine } from '../engine/private-engine.ts';
import { requestsFor } from '../engine/registry-log.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from '../engine/throwaway-workspace.ts';
import { buildDeveloperImage } from './developer-image.ts';

/**
 * The compile stage with a real nvcc: Debian's 12.4 in the place of NVIDIA's developer image, and a smaller CUDA extension
 * in the place of flash-attention, whose 85 objects took 145 minutes on two cores.
 */
const extension = {
  name: 'torch-scatter',
  version: '2.1.2',
  sha256: '69b3aa435f2424ac6a1bfb6ff702da6eb73b33ca0db38fb26989c74159258e47',
};
const developerImage = 'nvidia/cuda:12.6.3-devel-ubuntu24.04';

let workspace: ThrowawayWorkspace;
beforeAll(async () => {
  workspace = await throwawayWorkspace();
  const { substitutes } = readMachine(workspace.root);
  const reference = await buildDeveloperImage(workspace, substitutes['ubuntu:24.04'] ?? '');
  workspace.changeMachine((machine) => {
    machine.substitutes[developerImage] = reference;
  });
  workspace.write('architectures/ampere/native.lock', pinned());
}, 3_600_000);
afterAll(() => workspace?.dispose());

it('compiles a CUDA extension once, and takes it from the registry ever after', async () => {
  // The verification rightly says that flash-attention is not there.
  const first = await build();
  expect(first.problems).toMatch(/flash-attention 2 is promised/);
  const compile = first.record.steps.find(({ name }) => name === 'build flash-attention-wheel');
  const log = readFileSync(workspace.path(first.record.log ?? ''), 'utf8');
  const jobs = /compiling with (\d+) job/.exec(log)?.[1];
  expect(log).toMatch(/nvcc.*-gencode[= ]arch=compute_80,code=sm_80/);
  expect(log).toMatch(/arch=compute_86,code=sm_86/);
  const again = await build();
  expect(again.record.steps.map(({ name }) => name)).not.toContain('build flash-attention-wheel');
  // Another machine, with nothing in its cache.
  const engine = await privateEngine(workspace);
  const { registryLog = '' } = readMachine(workspace.root);
  const from = readFileSync(registryLog, 'utf8').length;
  const elsewhere = await build().finally(() => engine.dispose());
  expect(elsewhere.record.steps.map(({ name }) => name)).not.toContain('build flash-attention-wheel');
  const fetched = requestsFor(registryLog, from).filter(({ path }) => path.includes('/wheel-flash-attn-'));
  expect(fetched.length).toBeGreaterThan(0);
  console.log(
    `${extension.name} ${extension.version} for 8.0;8.6 compiled in ${compile?.seconds} s with ${jobs} job(s); ` +
      'then taken from the registry, by the same engine and by an empty one',
  );
});

async function build(): Promise<{ record: ImageRecord; problems: string }> {
  await workspace.nx('run', 'base-ampere:build-image');
  const record = workspace.records('base-ampere').at(-1) as ImageRecord;
  return { record, problems: (record.problems ?? []).map(({ message }) => message).join('\n') };
}

/** The extension's source distribution with its hash, as a native.lock names one. */
function pinned(): string {
  const { name, version, sha256 } = extension;
  return `${name}==${version} \\\n    --hash=sha256:${sha256}\n`;
}
