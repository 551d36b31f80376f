import { afterAll, beforeAll, expect, it } from 'vitest';
import { privateEngine } from './private-engine.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

let workspace: ThrowawayWorkspace;
beforeAll(async () => {
  workspace = await throwawayWorkspace();
  const built = await workspace.nx('run', 'base-cpu:build-image');
  expect(built.exitCode, built.stdout + built.stderr).toBe(0);
});
afterAll(() => workspace?.dispose());

/** Publishes on an engine that has nothing, into a repository of its own. */
async function publishOnEmptyEngine(repository: string) {
  const settings = workspace.read('.slipway/machine.json');
  const engine = await privateEngine(workspace);
  workspace.edit('slipway.toml', (text) => text.replace(/^runtime\s*=.*$/m, `runtime = "${repository}"`));
  try {
    const { exitCode, stdout, stderr } = await workspace.nx(
      ...['run', 'runtime-image:publish', '--architectures=cpu', '--as=v0.1.0'],
    );
    expect(exitCode, stdout + stderr).toBe(0);
    const accept = 'application/vnd.oci.image.manifest.v1+json';
    const at = `http://${workspace.registry}/v2/${repository}/manifests/cpu-v0.1.0`;
    return await (await fetch(at, { headers: { accept } })).text();
  } finally {
    await engine.dispose();
    workspace.write('.slipway/machine.json', settings);
  }
}

it('the same commit published from two empty engines is the same manifest, byte for byte', async () => {
  const name = workspace.repositories.runtime;
  const first = await publishOnEmptyEngine(`${name}-first`);
  // Another second, another temporary folder.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const second = await publishOnEmptyEngine(`${name}-second`);
  expect(second).toBe(first);
});
