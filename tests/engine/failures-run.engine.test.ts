import { existsSync, writeFileSync } from 'node:fs';
import type { RunRecord } from '@slipway/run-launcher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

/** Runs that do not go as planned, in a published image whose program is a few lines of shell. */
describe('a run', () => {
  let workspace: ThrowawayWorkspace;
  beforeAll(async () => {
    workspace = await throwawayWorkspace({ quick: true, folder: 'a folder/für "Läufe", lang' });
    for (const args of [
      ['run-many', '-t', 'build-image'],
      ['run', 'runtime-image:publish'],
    ]) {
      const { exitCode, stdout, stderr } = await workspace.nx(...args);
      expect(exitCode, stdout + stderr).toBe(0);
    }
  });
  afterAll(() => workspace?.dispose());

  const records = async () => JSON.parse((await workspace.slipway('runs', '--json')).stdout) as RunRecord[];
  const lastRecord = async () => (await records()).at(-1);
  /** Ids of this workspace's containers, found by the label and by nothing else. */
  const containers = async (...more: string[]) => {
    const labels = ['--filter', `label=io.slipway.image=${image()}`];
    const { stdout } = await workspace.docker('ps', '--quiet', ...labels, ...more);
    return stdout.split('\n').filter(Boolean);
  };
  const image = () => `${workspace.registry}/${workspace.repositories.runtime}:cpu-v0.1.0`;
  const long = ['run', '--cfg', 'long'];

  it('in a folder with blanks, commas, quotes and umlauts', async () => {
    const output = 'out, "of" the ordinary/ä';
    const { exitCode, stdout, stderr } = await workspace.slipway('run', '--output', output);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toBe('training\nfinished');
    expect(workspace.read(`${output}/checkpoint`)).toBe('done\n');
    expect(await lastRecord()).toMatchObject({ outcome: 'finished', exitCode: 0 });
  });

  it('Ctrl-C: the application saves and ends, the record says stopped, nothing is left', async () => {
    const run = workspace.start('slipway', ...long, '--output', 'stopped');
    await run.until('training');
    expect(await lastRecord()).toMatchObject({ outcome: 'running', endedAt: null });
    run.signal('SIGINT');
    const { exitCode, printed } = await run.ended;
    expect(exitCode).toBe(130);
    expect(printed).toContain('asking the application to save and end');
    expect(printed).toContain('saving');
    expect(workspace.read('stopped/checkpoint')).toBe('saved\n');
    const record = await lastRecord();
    expect(record).toMatchObject({ outcome: 'stopped', exitCode: 130 });
    expect(workspace.read(record?.log ?? '')).toContain('saving');
    expect(await containers('--all')).toEqual([]);
  });

  it('Ctrl-C twice: an application that does not listen is ended at once', async () => {
    const run = workspace.start('slipway', 'run', '--', 'sh', '-c', 'trap "" INT; echo deaf; sleep 60');
    await run.until('deaf');
    run.signal('SIGINT');
    await run.until('press Ctrl-C again');
    run.signal('SIGINT');
    expect((await run.ended).exitCode).toBe(137);
    expect(await lastRecord()).toMatchObject({ outcome: 'stopped', exitCode: 137 });
    expect(await containers('--all')).toEqual([]);
  });

  it('the launcher killed: the container goes on, its label finds it, and its end is recorded', async () => {
    const run = workspace.start('slipway', ...long, '--output', 'orphan');
    await run.until('training');
    run.signal('SIGKILL');
    await run.ended;
    const [container = ''] = await containers();
    expect(container).not.toBe('');
    const { stdout } = await workspace.docker(
      'inspect',
      '--format',
      '{{index .Config.Labels "io.slipway.run"}} {{.State.Running}}',
      container,
    );
    const record = await lastRecord();
    expect(stdout).toBe(`${record?.id} true`);
    expect(record).toMatchObject({ outcome: 'running', exitCode: null });
    // By the engine's own means: nobody told the launcher, which finds out when it is asked.
    await workspace.docker('stop', container);
    expect(workspace.read('orphan/checkpoint')).toBe('saved\n');
    expect(await lastRecord()).toMatchObject({ id: record?.id, outcome: 'failed', exitCode: 130 });
    expect(workspace.read(record?.log ?? '')).toBe('training\nsaving\n');
    expect(await containers('--all')).toEqual([]);
  });

  it('an output folder that cannot be one: refused before anything is started', async () => {
    const before = await records();
    writeFileSync(workspace.path('taken'), 'a file\n');
    const { exitCode, stderr } = await workspace.slipway(
      'run',
      '--output',
      'taken',
      '--cache',
      'taken/cache',
    );
    expect(exitCode).toBe(1);
    expect(stderr.match(/error\[output-unusable\]/g)).toHaveLength(2);
    expect(stderr).toContain('--output or --cache');
    expect(await records()).toHaveLength(before.length);
    expect(await containers('--all')).toEqual([]);
  });

  it('an application that exits 3', async () => {
    const { exitCode, stderr } = await workspace.slipway('run', '--', 'sh', '-c', 'exit 3');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('error[run-failed] the application ended with exit code 3');
    expect(await lastRecord()).toMatchObject({ outcome: 'failed', exitCode: 3 });
  });

  it('an application that someone kills', async () => {
    const run = workspace.start('slipway', ...long);
    await run.until('training');
    await workspace.docker('kill', ...(await containers()));
    const { exitCode, printed } = await run.ended;
    expect(exitCode).toBe(137);
    expect(printed).toContain('error[run-failed] the application ended with exit code 137');
    expect(await lastRecord()).toMatchObject({ outcome: 'failed', exitCode: 137 });
  });

  it('a program that the image does not have', async () => {
    const { exitCode, stderr } = await workspace.slipway('run', '--', 'no-such-program');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('no-such-program');
    expect(await containers('--all')).toEqual([]);
  });

  it('from a folder below the workspace: recorded in the workspace, relative folders from there', async () => {
    const { exitCode } = await workspace.slipwayIn('application', 'run', '--output', 'out-below');
    expect(exitCode).toBe(0);
    expect(workspace.read('application/out-below/checkpoint')).toBe('done\n');
    expect(existsSync(workspace.path('application/.slipway'))).toBe(false);
  });

  it('of a saved plan: exactly that one, and only once', async () => {
    const { stdout } = await workspace.slipway('run', '--dry-run', '--output', 'planned');
    const before = await records();
    workspace.write('run-plan.json', stdout);
    expect(await workspace.slipway('run', '--plan', 'run-plan.json')).toMatchObject({ exitCode: 0 });
    const after = await records();
    expect(after).toHaveLength(before.length + 1);
    expect(after.at(-1)?.plan).toEqual(JSON.parse(stdout));
    const again = await workspace.slipway('run', '--plan', 'run-plan.json');
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toContain(`error[plan-outdated] the run ${after.at(-1)?.id} of this plan`);
    expect(await records()).toEqual(after);
  });
});
