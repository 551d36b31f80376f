import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { tryRun } from '@slipway/effects';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const command = resolve(import.meta.dirname, '../bin/slipway.mjs');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-main-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const slipway = (...args: string[]) =>
  tryRun({ file: process.execPath, args: [command, ...args], cwd: folder });

describe('slipway', { timeout: 60_000 }, () => {
  it.each([['--help'], ['help']])('%s lists its own commands beside those of the launcher', async (word) => {
    const { exitCode, stdout } = await slipway(word);
    expect(exitCode).toBe(0);
    for (const name of ['run', 'plan', 'doctor', 'gc', 'init', 'inspect']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name}[ [<]`, 'm'));
    }
  });

  it('says its version', async () => {
    const { exitCode, stdout } = await slipway('--version');
    expect([exitCode, stdout.trim()]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+/)]);
  });

  it.each([
    [['inspect'], 2, 'error[usage] missing required argument'],
    [['inspect', 'a/b:c', '--bogus'], 2, "error[usage] unknown option '--bogus'"],
    [['inspect', 'a/b:c', '--identity=me'], 2, 'error[usage] --identity was given without --issuer'],
    [['inspect', 'a/b:c', '--key=garbage.pub'], 1, 'error[public-key-unreadable] garbage.pub'],
  ])('%j ends with %i and nothing on standard output', async (args, code, problem) => {
    writeFileSync(join(folder, 'garbage.pub'), 'no key');
    const { exitCode, stdout, stderr } = await slipway(...args);
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr).toContain(problem);
  });

  it('tells how an image is inspected', async () => {
    const { exitCode, stdout } = await slipway('inspect', '--help');
    expect(exitCode).toBe(0);
    for (const option of ['--json', '--key', '--identity', '--issuer']) expect(stdout).toContain(option);
  });
});
