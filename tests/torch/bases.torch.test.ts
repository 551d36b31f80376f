import { readFileSync } from 'node:fs';
import { chooseBuilder, diskFreeBytes, probeEngine, readMachine } from '@slipway/effects';
import type { ImageRecord } from '@slipway/images';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build as buildCall } from '../../packages/images/src/build.ts';
import { giveBack, guardDisk } from '../../packages/images/src/disk-guard.ts';
import { imageCall } from '../../packages/images/src/plan.ts';
import { type PrivateEngine, privateEngine } from '../engine/private-engine.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from '../engine/throwaway-workspace.ts';
import { takePrebuiltWheel, wheelFits, wheelHash } from './prebuilt-wheel.ts';

const stagesOf = ({ layers = [] }: ImageRecord) => [...new Set(layers.map(({ stage }) => stage))];
const digestsOf = ({ layers = [] }: ImageRecord, stage: string) =>
  layers.filter((layer) => layer.stage === stage).map(({ digest }) => digest);

/** Real torch from the Python registry: gigabytes and minutes, so a project of its own. */
describe('bases with torch', () => {
  let workspace: ThrowawayWorkspace;
  const newest = (project: string): ImageRecord => {
    const record = workspace.records(project).at(-1);
    if (record === undefined) throw new Error(`nothing was recorded of ${project}`);
    return record;
  };
  const build = async (project: string) => {
    const { exitCode, stdout, stderr } = await workspace.nx('run', `${project}:build-image`);
    return { exitCode, text: stdout + stderr };
  };
  beforeAll(async () => {
    workspace = await throwawayWorkspace();
    // A third of the time for a sixth more bytes: enough for a base that nobody fetches.
    workspace.edit('slipway.toml', (text) => `${text}\n[build]\ncompression_level = 3\n`);
  });
  afterAll(() => workspace?.dispose());

  it('builds turing, proves it, and only then writes its tag', async () => {
    const { exitCode, text } = await build('base-turing');
    expect(exitCode, text).toBe(0);
    const record = newest('base-turing');
    expect(record.outcome).toBe('built');
    expect(record.steps.map(({ name }) => name)).toEqual([
      'build tools-image',
      'build base',
      'verify',
      'check',
      'tag',
    ]);
    const log = readFileSync(workspace.path(record.log ?? ''), 'utf8');
    for (const check of [
      'imports',
      'torch',
      'flash-attention',
      'triton',
      'compiler',
      'native code',
      'files',
    ]) {
      expect(log).toContain(`${check}: no problem(s)`);
    }
    expect(record.layers?.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(2.78e9);
    expect(Math.max(...(record.layers ?? []).map(({ bytes }) => bytes))).toBeLessThan(3e9);
    expect(stagesOf(record)).toEqual([
      'os',
      'cuda-layer',
      'torch-layer',
      'flash-attention',
      'dependencies-layer',
    ]);
    expect(record.verification?.stages['cuda-layer']).toBeGreaterThan(2.5e9);
    expect(record.verification?.packages[0]).toMatchObject({ name: 'torch', version: '2.7.1' });
  });

  it('proves a published base again', async () => {
    const { exitCode, stdout } = await workspace.nx('run', 'base-turing:verify');
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain('holds what it promises');
  });

  it.runIf(wheelFits)('takes a prebuilt wheel, and shares torch by digest', async () => {
    await takePrebuiltWheel(workspace);
    const { exitCode, text } = await build('base-ampere');
    expect(exitCode, text).toBe(0);
    const record = newest('base-ampere');
    expect(readFileSync(workspace.path(record.log ?? ''), 'utf8')).toContain(
      'flash-attention: no problem(s)',
    );
    for (const stage of ['os', 'cuda-layer', 'torch-layer']) {
      expect(digestsOf(record, stage)).toEqual(digestsOf(newest('base-turing'), stage));
    }
    // Of 2.6 GB only flash-attention and what it asks for are not turing's.
    expect(record.newBytes?.againstPrevious).toBeNull();
    expect(record.newBytes?.againstOthers).toBeLessThan(250e6);
    expect(record.verification?.packages.map(({ name }) => name)).toContain('flash_attn');
  });

  it.runIf(wheelFits)('refuses a wheel for another Python before it builds', async () => {
    workspace.edit('architectures/ampere/architecture.toml', (text) => text.replaceAll('cp313', 'cp312'));
    const { exitCode, text } = await build('base-ampere');
    workspace.edit('architectures/ampere/architecture.toml', (text) => text.replaceAll('cp312', 'cp313'));
    expect(text).toMatch(/error\[wheel-unfit\].*it is for Python 3.12, not 3.13/);
    expect(exitCode).not.toBe(0);
  });

  it.runIf(wheelFits)('refuses a wheel with another hash before it builds', async () => {
    workspace.edit('architectures/ampere/architecture.toml', (text) =>
      text.replace(wheelHash, wheelHash.replace('b', 'a')),
    );
    const { exitCode, text } = await build('base-ampere');
    expect(text).toContain('error[hash-mismatch]');
    expect(exitCode).not.toBe(0);
  });

  it('builds a base of CUDA 12.8, whose layers would be over 3 GB in one, and proves it', async () => {
    // Without flash-attention, which would have to be compiled.
    workspace.edit('architectures/hopper/architecture.toml', (text) =>
      text.replace(/\n\[flash_attention\][\s\S]*$/, '\n'),
    );
    const locked = await workspace.nx('run', 'base-hopper:lock');
    expect(locked.exitCode, locked.stdout + locked.stderr).toBe(0);
    const { exitCode, text } = await build('base-hopper');
    expect(exitCode, text).toBe(0);
    const record = newest('base-hopper');
    const sizes = (record.layers ?? []).map(({ bytes }) => bytes);
    console.log(
      `hopper-cu128: ${(sizes.reduce((a, b) => a + b, 0) / 1e9).toFixed(2)} GB, largest layer ${(Math.max(...sizes) / 1e9).toFixed(2)} GB`,
    );
    expect(Math.max(...sizes)).toBeLessThan(3e9);
    expect(readFileSync(workspace.path(record.log ?? ''), 'utf8')).toContain('triton: no problem(s)');
    // The operating system is turing's, byte for byte.
    expect(digestsOf(record, 'os')).toEqual(digestsOf(newest('base-turing'), 'os'));
  });

  describe('on an engine whose disk the usual way would fill', () => {
    let engine: PrivateEngine;
    let settings: string;
    beforeAll(async () => {
      settings = workspace.read('.slipway/machine.json');
      engine = await privateEngine(workspace, { size: 7_500_000_000 });
      workspace.edit('slipway.toml', (text) =>
        text
          .replace(/^disk_guard.*$/m, 'disk_guard = "4GB"')
          .replace(/^buildkit_reserve.*$/m, 'buildkit_reserve = "1GB"'),
      );
    });
    afterAll(async () => {
      await engine?.dispose();
      workspace.write('.slipway/machine.json', settings);
    });

    it('a runtime image is published, and takes a fraction of it', async () => {
      const published = await workspace.nx(
        'run',
        'runtime-image:publish',
        '--architectures=turing',
        '--as=v0.1.0',
      );
      expect(published.exitCode, published.stdout + published.stderr).toBe(0);
      const record = newest('runtime-turing');
      console.log(
        `runtime-turing published in ${record.durationSeconds} s with ${((record.diskPeakBytes ?? 0) / 1e6).toFixed(0)} MB of the engine's disk`,
      );
      expect(record.diskPeakBytes).toBeLessThan(500e6);
    });

    it('the usual way is stopped by the guard before the disk is full, and the space comes back', async () => {
      const machine = readMachine(workspace.root);
      const found = await probeEngine(machine);
      const usual = { ...found, builder: await chooseBuilder(found, undefined, 3e9) };
      const plan = newest('runtime-turing').plan;
      const call = imageCall(plan);
      if (call === undefined) throw new Error('it was not built');
      const text = `${call.dockerfile.text}\nRUN true\n`;
      const free = diskFreeBytes(usual) ?? 0;
      const guard = guardDisk(usual, plan.diskGuardBytes, plan.project);
      const around = { root: workspace.root, say: () => {}, project: plan.project, signal: guard.signal };
      const pushed = {
        ...call,
        lazy: false,
        push: `${plan.repository}:usual`,
        dockerfile: { ...call.dockerfile, text },
      };
      await expect(buildCall(pushed, usual, workspace.path('.slipway/usual.log'), around)).rejects.toThrow();
      guard.end();
      expect(guard.signal.reason).toMatchObject({ problems: [{ code: 'disk-guard' }] });
      expect(guard.peakBytes()).toBeLessThan(7e9);
      await giveBack(usual, guard);
      // BuildKit keeps what it was fetching for an hour, or until the engine is started again.
      engine.kill();
      await engine.restart();
      await giveBack(usual, guard);
      await expect.poll(() => free - (diskFreeBytes(usual) ?? 0), { timeout: 60_000 }).toBeLessThan(500e6);
    });
  });

  it('writes no tag for a base that does not hold what it promises', async () => {
    // opencv wants libGL, which no lock file names.
    workspace.edit('examples/digits/pyproject.toml', (text) =>
      text.replace(/^dependencies = \[/m, 'dependencies = ["opencv-python==4.12.0.88", '),
    );
    await workspace.nx('run', 'base-cpu:lock');
    const { exitCode, text } = await build('base-cpu');
    expect(text).toContain('error[verification-failed]');
    expect(text).toContain('cv2 cannot be imported: libGL.so.1 is missing: add libgl1 to system_packages');
    expect(exitCode).not.toBe(0);
    expect(newest('base-cpu').outcome).toBe('failed');
    const tag = await workspace.docker(
      'buildx',
      'imagetools',
      'inspect',
      `${workspace.registry}/${workspace.repositories.base}:cpu`,
    );
    expect(tag.exitCode).not.toBe(0);
  });
});
