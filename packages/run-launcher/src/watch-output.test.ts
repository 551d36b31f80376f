import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { tryRun } from '@slipway/effects';
import { expect, it, vi } from 'vitest';
import { unwritten, writeAll } from './watch-output.ts';

const taken: string[] = [];
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  // A disk that takes three bytes at a time.
  writeSync: (_file: number, chunk: Uint8Array, at: number) =>
    taken.push(Buffer.from(chunk).toString('utf8', at, at + 3)) && Math.min(3, chunk.length - at),
}));

it('writes the rest of what a file took a part of', () => {
  const file = new PassThrough();
  writeAll(file);
  file.write('a whole plan');
  expect(taken).toEqual(['a w', 'hol', 'e p', 'lan']);
});

const main = join(import.meta.dirname, 'main.ts');
const call = (line: string) =>
  tryRun({ file: 'sh', args: ['-c', line, process.execPath, main], cwd: import.meta.dirname });

it.each(['runs --json', '--help', 'help run'])(
  'tells that %s could not be written, and fails',
  async (words) => {
    expect(await call(`"$0" "$1" ${words} > /dev/full`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^error\[disk-full\] standard output cannot be written, .*ENOSPC/),
    });
  },
);

it('says nothing of a reader that is gone', async () => {
  const { stderr } = await call('"$0" "$1" runs --json | true');
  expect(stderr).toBe('');
});

it.each([
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['EFBIG', 'print-failed'],
])('%s is %s', (code, expected) => {
  expect(unwritten(Object.assign(new Error('why'), { code }))).toMatchObject({ code: expected });
});
