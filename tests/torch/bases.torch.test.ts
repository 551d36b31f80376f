import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readMachine } from '@slipway/effects';
import type { ImageRecord } from '@slipway/images';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ThrowawayWorkspace, throwawayWorkspace } from '../engine/throwaway-workspace.ts';

// A compiled flash-attention wheel, where one lies beside the repository; its name says what it fits.
const wheels = resolve(import.meta.dirname, '../../../shared/wheels');
const wheel = 'flash_attn-2.7.4.post1-cp313-cp313-linux_x86_64.whl';
const sha256 = 'bb64556a087ccc3fc7c9e96b1e8763012a1a97fa6a061dfc5254e7d20a316b7c';
const url = `https://example.org/${wheel}`;

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
  });
  afterAll(() => workspace?.dispose());

  it('builds turing, proves it, and only then writes its tag', async () => {
    const { exitCode, text } = await build('base-turing');
    expect(exitCode, text).toBe(0);
    const record = newest('base-turing');
    expect(record.outcome).toBe('built');
    expect(record.steps.map(({ name }) => name)).toEqual([
      'build tools-image',
      'build verify',
      'build base',
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
  });

  it.runIf(existsSync(resolve(wheels, wheel)))(
    'takes a prebuilt wheel, and shares torch by digest',
    async () => {
      workspace.edit('architectures/ampere/architecture.toml', (text) =>
        text.replace(/^from = .*$/m, `from = { url = "${url}", sha256 = "${sha256}" }`),
      );
      const machine = readMachine(workspace.root);
      workspace.write(
        '.slipway/machine.json',
        JSON.stringify({ ...machine, mirrors: { [url]: resolve(wheels, wheel) } }),
      );
      const locked = await workspace.nx('run', 'base-ampere:lock');
      expect(locked.exitCode, locked.stdout + locked.stderr).toBe(0);
      const { exitCode, text } = await build('base-ampere');
      expect(exitCode, text).toBe(0);
      const record = newest('base-ampere');
      expect(readFileSync(workspace.path(record.log ?? ''), 'utf8')).toContain(
        'flash-attention: no problem(s)',
      );
      const largest = (each: ImageRecord) => each.layers?.toSorted((a, b) => b.bytes - a.bytes)[0]?.digest;
      expect(largest(record)).toBe(largest(newest('base-turing')));
    },
  );

  it.runIf(existsSync(resolve(wheels, wheel)))(
    'refuses a wheel with another hash before it builds',
    async () => {
      workspace.edit('architectures/ampere/architecture.toml', (text) =>
        text.replace(sha256, sha256.replace('b', 'a')),
      );
      const { exitCode, text } = await build('base-ampere');
      expect(text).toContain('error[hash-mismatch]');
      expect(exitCode).not.toBe(0);
    },
  );

  it('writes no tag for a base that does not hold what it promises', async () => {
    // opencv wants libGL, which no lock file names.
    workspace.edit('examples/digits/pyproject.toml', (text) =>
      text.replace(/^dependencies = \[/m, 'dependencies = ["opencv-python==4.12.0.88", '),
    );
    await workspace.nx('run', 'base-cpu:lock');
    const { exitCode, text } = await build('base-cpu');
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
