import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivateEngine, privateEngine } from './private-engine.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

/** Another engine, reached through a docker context: what buildx calls a builder. */
describe('--builder', () => {
  let workspace: ThrowawayWorkspace;
  /** With the architectures of this repository, some of which compile. */
  let whole: ThrowawayWorkspace;
  let engine: PrivateEngine;
  let builder: string;
  beforeAll(async () => {
    workspace = await throwawayWorkspace({ quick: true });
    whole = await throwawayWorkspace();
    engine = await privateEngine(workspace, { adopt: false, size: 6_000_000_000 });
    builder = `far-${workspace.repositories.base.replace(/\W/g, '-')}`;
    const made = await workspace.docker('context', 'create', builder, `--docker=host=${engine.host}`);
    expect(made.exitCode, made.stderr).toBe(0);
  });
  afterAll(async () => {
    await workspace?.docker('context', 'rm', '--force', builder);
    await engine?.dispose();
    workspace?.dispose();
    whole?.dispose();
  });

  /** Bytes that the builder keeps in its cache. */
  const kept = async () => {
    const { stdout } = await workspace.docker('--context', builder, 'buildx', 'du', '--builder', builder);
    return /^Total:\s+(.*)$/m.exec(stdout)?.[1] ?? '';
  };

  it('builds there and nowhere else', async () => {
    expect(await kept()).toMatch(/^(?:0B)?$/);
    const { exitCode, stdout, stderr } = await workspace.nx(
      ...['run-many', '-t', 'build-image', '-p', 'base-cpu,runtime-cpu', `--builder=${builder}`],
    );
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toContain('base-cpu: built and pushed');
    expect(stdout).toContain('runtime-cpu: built and pushed');
    expect(await kept()).toMatch(/MB|GB/);
  });

  it('is asked whether it has the disk that compiling needs, before anything is compiled', async () => {
    // Any image will do in the compiler's place: it must not come so far.
    whole.changeMachine(({ substitutes }) => {
      substitutes['nvidia/cuda:12.6.3-devel-ubuntu24.04'] = substitutes['ubuntu:24.04'] ?? '';
    });
    const { exitCode, stdout } = await whole.nx('run', 'base-ampere:build-image', `--builder=${builder}`);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /error\[host-unfit\].*compiling flash-attention 2.7.4.post1 for ampere needs 40GB of free disk \(here: \d/,
    );
    expect(whole.records('base-ampere')).toMatchObject([{ outcome: 'failed', steps: [] }]);
  });

  it('that does not exist: said so', async () => {
    const { exitCode, stdout } = await whole.nx('run', 'base-turing:build-image', '--builder=nowhere');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('error[builder-missing] there is no builder nowhere');
    expect(stdout).toContain('docker buildx ls');
  });
});
