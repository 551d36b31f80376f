import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { holdBack, tellLeftOut, write } from './hold-back.ts';
import { openProgress, say } from './say.ts';

let written: string[];
const terminal = { stdout: process.stdout.isTTY, stderr: process.stderr.isTTY };
beforeEach(() => {
  written = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    stream.isTTY = true;
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  process.stdout.isTTY = terminal.stdout;
  process.stderr.isTTY = terminal.stderr;
});

it('what comes while something is asked is written afterwards, in its order', async () => {
  await holdBack(async () => {
    write('stdout', 'line\n');
    say('note');
    expect(written).toEqual([]);
  });
  write('stdout', 'later\n');
  expect(written).toEqual(['line\n', 'slipway: note\n', 'later\n']);
});

it('a file or a pipe gets it at once', async () => {
  process.stdout.isTTY = false;
  await holdBack(async () => {
    write('stdout', 'line\n');
    expect(written).toEqual(['line\n']);
  });
});

it('keeps the last thousand of them, and tells it', async () => {
  await holdBack(async () => {
    for (let count = 0; count < 1003; count += 1) write('stdout', `${count}`);
  });
  expect(written).toHaveLength(1001);
  expect(written.slice(0, 2)).toEqual(['slipway: 3 lines are in the log only\n', '3']);
});

/** Whether what was given is over, once everything else had its turn. */
const isOver = async (given: Promise<void> | undefined): Promise<boolean> =>
  await Promise.race([
    Promise.resolve(given).then(() => true),
    new Promise<false>((resolve) => setImmediate(() => resolve(false))),
  ]);

it.each(['drain', 'close'])('whoever reads slowly is waited for, until there is a %s', async (event) => {
  expect(write('stdout', 'taken\n')).toBeUndefined();
  const listeners = process.stdout.listenerCount(event);
  vi.spyOn(process.stdout, 'write').mockReturnValue(false);
  const taken = write('stdout', 'not yet\n');
  expect(await isOver(taken)).toBe(false);
  process.stdout.emit(event);
  expect(await isOver(taken)).toBe(true);
  expect(process.stdout.listenerCount(event)).toBe(listeners);
});

it('whoever reads slowly is not waited for when there is no time, and little is kept for them', async () => {
  const hurry = new AbortController();
  const slow = vi.spyOn(process.stdout, 'write').mockReturnValue(false);
  const taken = write('stdout', 'one\n', hurry.signal);
  expect(await isOver(taken)).toBe(false);
  hurry.abort();
  expect(await isOver(taken)).toBe(true);
  expect(write('stdout', 'two\n', hurry.signal)).toBeUndefined();
  vi.spyOn(process.stdout, 'writableLength', 'get').mockReturnValue(2_000_000);
  write('stdout', 'three\n', hurry.signal);
  expect(slow.mock.calls.map(([text]) => text)).toEqual(['one\n', 'two\n']);
  tellLeftOut();
  tellLeftOut();
  expect(written).toEqual(['slipway: 1 line is in the log only\n']);
});

it('nothing is written any more to whoever has gone', () => {
  const gone = vi.spyOn(process.stdout, 'write').mockImplementation((_text, taken) => {
    (taken as unknown as (error: Error) => void)(Object.assign(new Error('EPIPE'), { code: 'EPIPE' }));
    return true;
  });
  write('stdout', 'one\n');
  write('stdout', 'two\n');
  expect(gone).toHaveBeenCalledOnce();
});

it('progress does not write over a question', async () => {
  vi.useFakeTimers();
  vi.stubEnv('CI', '');
  const progress = openProgress();
  const show = (line: string) => {
    vi.advanceTimersByTime(200);
    progress.show(line);
  };
  show('1 of 3');
  await holdBack(async () => {
    show('2 of 3');
    progress.end();
  });
  vi.useRealTimers();
  vi.unstubAllEnvs();
  expect(written.join()).toContain('1 of 3');
  expect(written).toHaveLength(1);
});
