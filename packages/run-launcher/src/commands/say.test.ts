import { afterEach, expect, it, vi } from 'vitest';
import { fitted, openProgress } from './say.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

const line = '4.1MB of 8.2MB, 24MB/s, 3 s left';
it.each([
  [80, line],
  [32, line],
  [31, '4.1MB of 8.2MB, 24MB/s'],
  [14, '4.1MB of 8.2MB'],
  [13, '4.1MB'],
  [4, ''],
])('a line of %i columns holds whole parts', (width, expected) => {
  expect(fitted(line, width)).toBe(expected);
});

it.each([
  ['xterm', '', '\r\u001B[2Kslipway: 4.1MB'],
  // These cannot write over a line.
  ['dumb', '', 'slipway: 4.1MB of 8.2MB, 24MB/s, 3 s left\n'],
  ['xterm', 'true', 'slipway: 4.1MB of 8.2MB, 24MB/s, 3 s left\n'],
])('progress on a terminal of TERM=%s, CI=%s', (TERM, CI, expected) => {
  vi.stubEnv('TERM', TERM);
  vi.stubEnv('CI', CI);
  vi.useFakeTimers();
  const write = vi.fn();
  const progress = openProgress({ isTTY: true, columns: 20, write } as unknown as NodeJS.WriteStream);
  vi.advanceTimersByTime(20_000);
  progress.show(line);
  expect(write).toHaveBeenCalledExactlyOnceWith(expected);
});
