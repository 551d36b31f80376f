import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerEngine } from '@slipway/effects';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runFolder } from '../record/run-record.ts';
import { requestStop } from '../record/stop-request.ts';
import { waitForReaders } from './wait-for-readers.ts';

let root: string;
let hurry: AbortSignal | undefined;
let taken: () => void;
const inspect = vi.fn();
beforeEach(() => {
  vi.useFakeTimers();
  root = mkdtempSync(join(tmpdir(), 'slipway-readers-'));
  mkdirSync(runFolder(root, 'a'), { recursive: true });
  inspect.mockReset().mockResolvedValue({ status: 'running' });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true });
});

/** A line that is printed, and not taken until the test says so. */
function print() {
  const readers = waitForReaders(
    { id: 'a' },
    {
      root,
      engine: { inspect } as unknown as ContainerEngine,
      print: (_line, _stream, _end, signal) => {
        hurry = signal;
        return new Promise<void>((resolve) => (taken = resolve));
      },
      interrupted: new AbortController().signal,
      detached: new AbortController().signal,
    },
  );
  return { ...readers, printed: readers.print('line', 'stdout', '\n') as Promise<void> };
}

it('waits for one who reads slowly while the application runs, and asks the engine meanwhile alone', async () => {
  const { printed, stop } = print();
  await vi.advanceTimersByTimeAsync(3000);
  expect(hurry?.aborted).toBe(false);
  expect(inspect).toHaveBeenCalledTimes(3);
  taken();
  await printed;
  await vi.advanceTimersByTimeAsync(3000);
  expect(inspect).toHaveBeenCalledTimes(3);
  stop();
});

it('waits no more once the run is asked from elsewhere to stop', async () => {
  const { stop } = print();
  requestStop(root, 'a', new Date());
  await vi.advanceTimersByTimeAsync(1000);
  expect(hurry?.aborted).toBe(true);
  expect(inspect).not.toHaveBeenCalled();
  stop();
});

it.each([
  ['has ended', { status: 'exited' }],
  ['is gone', undefined],
])('waits no more once the container %s', async (_how, state) => {
  const { stop } = print();
  inspect.mockResolvedValue(state);
  await vi.advanceTimersByTimeAsync(1000);
  expect(hurry?.aborted).toBe(true);
  stop();
});

it('waits on where the engine does not say, and looks no more when it is told to stop', async () => {
  inspect.mockRejectedValue(new Error('no answer'));
  const { stop } = print();
  await vi.advanceTimersByTimeAsync(1000);
  expect(hurry?.aborted).toBe(false);
  stop();
  requestStop(root, 'a', new Date());
  await vi.advanceTimersByTimeAsync(3000);
  expect(hurry?.aborted).toBe(false);
});
