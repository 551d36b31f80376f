import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { cdiGpus, gpusAmong } from './cdi.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-cdi-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** As `nvidia-ctk cdi generate` writes it, shortened. */
const written = `---
cdiVersion: 0.5.0
containerEdits:
  deviceNodes:
  - path: /dev/nvidiactl
devices:
- containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
  name: "0"
- name: GPU-9f2f3c3a-0000-0000-0000-000000000000
- name: all
kind: nvidia.com/gpu
`;

const found = async (name: string, text: string): Promise<string[]> => {
  const path = join(folder, name);
  writeFileSync(path, text);
  const gpus = await cdiGpus([folder, '/nowhere']);
  rmSync(path);
  return gpus;
};

it.each([
  ['nvidia.yaml', written, ['0', 'GPU-9f2f3c3a-0000-0000-0000-000000000000', 'all']],
  ['nvidia.json', '{"kind":"nvidia.com/gpu","devices":[{"name":"0"}]}', ['0']],
  ['comment.yaml', '# nvidia.com/gpu is not configured\n', []],
  ['other.yaml', 'kind: vendor.com/nic\ndevices: [{name: all}]\n', []],
  ['broken.yaml', 'kind: [nvidia.com/gpu\n', []],
  ['empty.json', '', []],
  // No engine reads it by this name.
  ['nvidia.yml', written, []],
])('%s', async (name, text, gpus) => {
  expect(await found(name, text)).toEqual(gpus);
});

it('takes the GPUs among the devices that an engine tells', () => {
  expect(gpusAmong(['nvidia.com/gpu=0', 'vendor.com/nic=0', 'nvidia.com/gpu=all'])).toEqual(['0', 'all']);
});
