import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerEngine } from '@slipway/effects';
import { afterAll, expect, it, vi } from 'vitest';
import { readOn, takeLogOver, withoutBeginning } from './take-log-over.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An engine that got its lines a second apart, the first one at 12:00:00. */
function engineWith(lines: readonly string[]): ContainerEngine {
  const text = lines.map((line, index) => `2020-11-26T12:00:0${index}.000000005Z ${line}\n`).join('');
  const script = `for word; do case $word in
    --timestamps) cat; exit;;
    --since=*) since=\${word#--since=};;
  esac; done
  awk -v since="$since" '$1 >= since { print substr($0, 32) }'`;
  const engine: Partial<ContainerEngine> = {
    name: 'docker',
    command: (args, options) => ({
      ...options,
      file: 'sh',
      args: ['-c', script, 'sh', ...args],
      input: text,
    }),
  };
  return engine as ContainerEngine;
}

const unmasked = (line: string) => line;
const engine = engineWith(['one', '10%\r20%\r30%', 'wait', 'wait', 'wait']);
const whole = 'one\n10%\r20%\r30%\nwait\nwait\nwait\n';

it.each([
  '',
  'one\n',
  'one\n10%\r',
  'one\n10%\r2',
  'one\n10%\r20%\r30%\nwait\n',
  'one\n10%\r20%\r30%\nwait\nwait\nwai',
  whole,
])('completes %j', async (kept) => {
  const path = join(folder, 'log.txt');
  writeFileSync(path, kept);
  await takeLogOver(engine, 'a', path, unmasked);
  expect(readFileSync(path, 'utf8')).toBe(whole);
});

it('fails where it cannot be written, or read', async () => {
  await expect(takeLogOver(engine, 'a', join(folder, 'none/log.txt'), unmasked)).rejects.toThrow('ENOENT');
  const failing = { ...engine, command: () => ({ file: 'false', args: [] }) };
  await expect(takeLogOver(failing, 'a', join(folder, 'other.txt'), unmasked)).rejects.toThrow('exit code 1');
});

it.each(['', 'one\n'])(
  'has nothing to add to %j from an engine that was told to keep no log',
  async (kept) => {
    const said = 'Error response from daemon: configured logging driver does not support reading';
    const none: ContainerEngine = {
      ...engine,
      command: (_args, options) => ({
        ...options,
        file: 'sh',
        args: ['-c', 'echo "$1" >&2; exit 1', 'sh', said],
      }),
    };
    const path = join(folder, 'none.txt');
    writeFileSync(path, kept);
    await takeLogOver(none, 'a', path, unmasked);
    expect(readFileSync(path, 'utf8')).toBe(kept);
  },
);

it('ends a line that was cut off when another one follows', () => {
  const printed: string[] = [];
  const print = withoutBeginning('lo', (line, _stream, end) => printed.push(`${line}${end}`));
  print('step', 'stdout', '\n');
  print('loss', 'stderr', '\n');
  expect(printed.join('')).toBe('\nstep\nloss\n');
});

it('leaves nothing behind of a log that nobody wants any more', async () => {
  const pid = join(folder, 'pid');
  const following: ContainerEngine = {
    ...engine,
    command: (_args, options) => ({
      ...options,
      file: 'sh',
      args: ['-c', 'echo $$ > "$1"; exec sleep 30', 'sh', pid],
    }),
  };
  const stop = new AbortController();
  const path = join(folder, 'followed.txt');
  const read = readOn(following, 'a', {
    path,
    mask: unmasked,
    print: () => {},
    follow: true,
    signal: stop.signal,
  });
  await vi.waitFor(() => expect(readFileSync(pid, 'utf8')).not.toBe(''), { timeout: 20_000 });
  stop.abort();
  await expect(read).rejects.toThrow('error[interrupted]');
  expect(() => process.kill(Number(readFileSync(pid, 'utf8')), 0)).toThrow('ESRCH');
});
