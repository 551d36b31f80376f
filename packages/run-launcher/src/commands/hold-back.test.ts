import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { holdBack, write } from './hold-back.ts';
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
  expect(written.slice(0, 2)).toEqual(['slipway: 3 lines of meanwhile are in the log only\n', '3']);
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
