import type { ContainerEngine } from '@slipway/effects';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunPlan } from '../plan/run-plan.ts';
import { watchPeaks } from './peaks.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const plan = { id: 'a', gpus: null } as RunPlan;

it.each([
  ['that answers quickly four times a second', true, 8],
  ['whose program has to be started once a second', false, 2],
])('asks an engine %s for a container that is not there yet', async (_how, answersQuickly, times) => {
  const inspect = vi.fn(async () => undefined);
  const peaks = watchPeaks({ answersQuickly, inspect } as unknown as ContainerEngine, plan);
  await vi.advanceTimersByTimeAsync(2000);
  expect(inspect).toHaveBeenCalledTimes(times);
  expect(peaks.seen()).toBe(false);
  expect(peaks.stop()).toBeNull();
});

it('reads of a container that it has seen, and asks for it no more', async () => {
  const inspect = vi.fn(async () => ({ pid: process.pid }));
  const peaks = watchPeaks({ answersQuickly: true, inspect } as unknown as ContainerEngine, plan);
  await vi.advanceTimersByTimeAsync(1000);
  expect(inspect).toHaveBeenCalledOnce();
  expect(peaks.seen()).toBe(true);
  peaks.stop();
});

it('gives a question up that is not answered before it is to stop', async () => {
  let asked: AbortSignal | undefined;
  const inspect = (_name: string, { signal }: { signal?: AbortSignal } = {}) => {
    asked = signal;
    return new Promise<never>(() => {});
  };
  const peaks = watchPeaks({ answersQuickly: true, inspect } as unknown as ContainerEngine, plan);
  await vi.advanceTimersByTimeAsync(250);
  expect(asked?.aborted).toBe(false);
  peaks.stop();
  expect(asked?.aborted).toBe(true);
});
