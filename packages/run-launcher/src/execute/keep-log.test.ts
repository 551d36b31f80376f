import { closeSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keepLog } from './keep-log.ts';

it('of a full disk is told once, and says at its end that something is missing', () => {
  const said: string[] = [];
  const log = keepLog('/dev/full', 'a', (line) => said.push(line));
  log.write('one', '\n');
  log.write('two', '\n');
  expect(said).toEqual(['the log is not kept any more: ENOSPC: no space left on device, write']);
  expect(log.end()).toMatchObject({ code: 'ENOSPC' });
});

it('that cannot be begun takes nobody away', () => {
  const log = keepLog('/nowhere/log.txt', 'w', () => {});
  log.write('one', '\n');
  expect(log.end()).toMatchObject({ code: 'ENOENT' });
});

it('that cannot be closed is not whole, however often that is asked', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-log-'));
  const path = join(folder, 'log.txt');
  const log = keepLog(path, 'w', () => {});
  log.write('one', '\n');
  closeSync(openFileOf(path));
  expect(log.end()).toMatchObject({ code: 'EBADF' });
  expect(log.end()).toMatchObject({ code: 'EBADF' });
  rmSync(folder, { recursive: true });
});

/** The number under which this process has a file open. */
function openFileOf(path: string): number {
  const numbers = readdirSync('/proc/self/fd');
  return Number(numbers.find((number) => linkOf(`/proc/self/fd/${number}`) === path));
}

/** The list itself was open while it was read. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
