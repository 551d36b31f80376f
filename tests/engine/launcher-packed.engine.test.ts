import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tryRun } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PackedLauncher, packedLauncher } from './launcher-packed.ts';
import { type LauncherWorkspace, launcherWorkspace } from './launcher-workspace.ts';

/** The launcher by itself, as it is installed on a machine that trains and never builds. */
describe('the packed launcher', () => {
  let packed: PackedLauncher;
  let workspace: LauncherWorkspace;
  beforeAll(async () => {
    packed = await packedLauncher();
    workspace = await launcherWorkspace();
  });
  afterAll(() => {
    packed?.dispose();
    workspace?.dispose();
  });
  const slipway = (...args: string[]) => tryRun({ file: packed.slipway, args, cwd: packed.folder });

  it('is one package that brings no other', () => {
    const scopes = readdirSync(join(packed.folder, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(scopes).toEqual(['@slipway']);
    expect(readdirSync(join(packed.folder, 'node_modules/@slipway'))).toEqual(['launcher']);
    expect(packed.bytes).toBeLessThan(1_000_000);
  });

  it('plans and runs in an empty folder, with nothing but an image', async () => {
    const { engine } = JSON.parse(workspace.read('.slipway/machine.json'));
    const env = {
      DOCKER_HOST: engine.host,
      DOCKER_CONFIG: engine.config,
      PATH: `${join(engine.docker, '..')}:${process.env.PATH}`,
    };
    const call = (...args: string[]) => tryRun({ file: packed.slipway, args, cwd: packed.folder, env });
    const plan = await call('plan', '--image', workspace.image, '--opts', 'A', 'b');
    expect(plan.exitCode, plan.stderr).toBe(0);
    expect(JSON.parse(plan.stdout)).toMatchObject({
      application: 'quick',
      command: ['sh', 'train.sh', '--opts', 'A', 'b'],
    });
    const run = await call('run', '--image', workspace.image);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toBe('training\nfinished');
    const detached = await call('run', '--detach', '--image', workspace.image, '--', 'echo', 'alone');
    expect(detached.exitCode, detached.stderr).toBe(0);
    expect((await call('logs', '--follow', 'last')).stdout).toBe('alone');
    expect((await call('show', 'last')).stdout).toMatch(/^outcome +finished, exit code 0$/m);
  });

  it('has every command', async () => {
    const { stdout } = await slipway('--help');
    for (const name of [
      'run',
      'plan',
      'shell',
      'rerun',
      'runs',
      'show',
      'logs',
      'stop',
      'diff',
      'gc',
      'doctor',
    ]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
      expect((await slipway(name, '--help')).exitCode).toBe(0);
    }
  });
});
