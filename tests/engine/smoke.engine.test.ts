import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

/** A smoke command that neither ends nor lets itself be asked to: it has to be killed. */
const endless = `["sh", "-c", "trap '' TERM INT; while :; do sleep 1; done"]`;

describe('a smoke command that does not end', () => {
  let workspace: ThrowawayWorkspace;
  beforeAll(async () => {
    workspace = await throwawayWorkspace({ quick: true });
    workspace.edit('slipway.toml', (text) => text.replace('command = ', `smoke = ${endless}\ncommand = `));
    const published = await workspace.nx('run-many', '-t', 'build-image', '-p', 'base-cpu');
    expect(published.exitCode, published.stdout + published.stderr).toBe(0);
    const version = await workspace.nx('run', 'runtime-image:publish', '--as=v0.1.0');
    expect(version.exitCode, version.stdout + version.stderr).toBe(0);
  });
  afterAll(() => workspace?.dispose());

  /** Containers that were started from this workspace's images, running or not. */
  const containers = async () => {
    const { stdout } = await workspace.docker(
      'ps',
      '--all',
      '--no-trunc',
      '--format={{.Image}} {{.Command}}',
    );
    return stdout.split('\n').filter((line) => line.includes(workspace.repositories.runtime));
  };
  const images = async () =>
    (await workspace.docker('images', '--format={{.Repository}}')).stdout
      .split('\n')
      .filter((name) => name.includes(workspace.repositories.runtime));

  it('is stopped after the time that was given, which is said, and leaves nothing', async () => {
    const smoked = await workspace.nx('run', 'runtime-image:smoke', '--as=v0.1.0', '--timeout=3');
    expect(smoked.exitCode).toBe(1);
    expect(smoked.stdout + smoked.stderr).toMatch(
      /error\[smoke-failed\] cpu: sh -c .*: did not end within 3 s and was stopped/,
    );
    expect(await containers()).toEqual([]);
    expect(await images()).toEqual([]);
    expect(await workspace.tags('runtime')).not.toContain('cpu-latest');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing after %s either', async (signal) => {
    const smoked = workspace.start('nx', 'run', 'runtime-image:smoke', '--as=v0.1.0');
    await expect
      .poll(containers, { timeout: 120_000, interval: 100 })
      .toEqual([expect.stringContaining('trap')]);
    smoked.signal(signal);
    expect((await smoked.ended).exitCode).not.toBe(0);
    await expect.poll(containers, { timeout: 20_000 }).toEqual([]);
    await expect.poll(images, { timeout: 20_000 }).toEqual([]);
    expect(await workspace.tags('runtime')).not.toContain('cpu-latest');
  });
});
