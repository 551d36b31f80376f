import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
    const readme = readFileSync(join(packed.folder, 'node_modules/@slipway/launcher/README.md'), 'utf8');
    expect(readme).toContain('npm install --global ./slipway-launcher-');
    expect(readme).toContain('# Print what the application of a run printed.\nslipway logs --follow last');
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

  it('says on an old Node that it is too old', async () => {
    const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.13.1' } })`;
    const args = ['--import', `data:text/javascript,${encodeURIComponent(old)}`, packed.slipway, '--version'];
    const { exitCode, stderr } = await tryRun({ file: process.execPath, args });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `Node ${process.version} is too old for slipway: install Node >= 22.14.`,
    });
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

/** In this repository, and by the command of the package `slipway`, another Node may take over. */
it.each([
  ['which saves and ends', `process.on('SIGTERM', () => process.exit(7));`, [7, null]],
  ['which ends by it', '', [null, 'SIGTERM']],
])('hands a signal on to the Node that took over, %s', async (_what, handler, ended) => {
  const startWith = resolve(import.meta.dirname, '../../packages/run-launcher/bin/start-with.cjs');
  const program = `${handler} console.log('up'); setTimeout(() => {}, 20_000);`;
  const call = `require(${JSON.stringify(startWith)})(process.execPath, ['-e', ${JSON.stringify(program)}])`;
  const child = spawn(process.execPath, ['-e', call]);
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual(ended);
});
