import { readFileSync } from 'node:fs';
import { readMachine } from '@slipway/effects';
import type { ImageRecord } from '@slipway/images';
import prettyBytes from 'pretty-bytes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateEngine } from '../engine/private-engine.ts';
import { requestsFor, traffic } from '../engine/registry-log.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from '../engine/throwaway-workspace.ts';

/** One dependency of a torch base changes, and it is built on an engine that has nothing, as a CI runner is. */
let published: ThrowawayWorkspace;
let fresh: ThrowawayWorkspace;
beforeAll(async () => {
  published = await throwawayWorkspace();
  const built = await published.nx('run', 'base-turing:build-image');
  expect(built.exitCode, built.stdout + built.stderr).toBe(0);
  published.edit('examples/digits/pyproject.toml', (text) =>
    text.replace('"pyyaml>=6.0"', '"pyyaml==6.0.2"'),
  );
  const locked = await published.nx('run', 'base-turing:lock');
  expect(locked.exitCode, locked.stdout + locked.stderr).toBe(0);
  // The same, with nothing of it published: what a build without a cache in the registry does.
  fresh = await throwawayWorkspace();
  for (const path of ['examples/digits/pyproject.toml', 'architectures/turing/requirements.lock']) {
    fresh.write(path, published.read(path));
  }
}, 1_800_000);
afterAll(() => {
  published?.dispose();
  fresh?.dispose();
});

it('costs a ninth of a build without inline cache, and no byte of torch', {
  timeout: 1_800_000,
}, async () => {
  const cached = await buildOnEmptyEngine(published);
  const whole = await buildOnEmptyEngine(fresh);
  console.table({ 'with inline cache': cached.shown, 'without it': whole.shown });
  const ratio = whole.seconds / cached.seconds;
  console.log(`${ratio.toFixed(1)} times faster`);
  expect(cached.torch).toEqual({ down: 0, up: 0 });
  expect(whole.torch.up).toBeGreaterThan(2e9);
  expect(ratio).toBeGreaterThanOrEqual(9);
});

/** Builds turing's base on an engine with an empty cache; what the verification costs afterwards is told apart. */
async function buildOnEmptyEngine(workspace: ThrowawayWorkspace) {
  const engine = await privateEngine(workspace);
  try {
    const { registryLog = '' } = readMachine(workspace.root);
    const before = readFileSync(registryLog, 'utf8').length;
    const { exitCode, stdout, stderr } = await workspace.nx('run', 'base-turing:build-image');
    expect(exitCode, stdout + stderr).toBe(0);
    const record = workspace.records('base-turing').at(-1) as ImageRecord;
    expect(record.outcome).toBe('built');
    const requests = requestsFor(registryLog, before);
    // What is fetched after the push is for the verification.
    const pushed = requests.findIndex(
      ({ method, path }) => method === 'PUT' && path.endsWith('/base/manifests/turing-cu126.unproven'),
    );
    expect(pushed).toBeGreaterThan(0);
    const layers = record.layers ?? [];
    const ofTorch = layers.filter(({ stage }) => stage === 'cuda-layer' || stage === 'torch-layer');
    expect(ofTorch).toHaveLength(2);
    const all = traffic(requests.slice(0, pushed), layers);
    const torch = traffic(requests.slice(0, pushed), ofTorch);
    const seconds = (name: string) => record.steps.find((step) => step.name === name)?.seconds ?? 0;
    const build = seconds('build tools-image') + seconds('build base') + seconds('check') + seconds('tag');
    return {
      seconds: build,
      torch,
      shown: {
        'build and push, s': build.toFixed(1),
        'layers down': prettyBytes(all.down),
        'layers up': prettyBytes(all.up),
        "torch's down": prettyBytes(torch.down),
        "torch's up": prettyBytes(torch.up),
        'verification, s': seconds('verify').toFixed(1),
        'its layers down': prettyBytes(traffic(requests.slice(pushed), layers).down),
      },
    };
  } finally {
    await engine.dispose();
  }
}
