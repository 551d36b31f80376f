import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, formatProblem } from '@slipway/contract';
import { interruption } from '@slipway/effects';
import type { Surroundings } from './build.ts';
import { openDisplay } from './display.ts';

/**
 * What every executor of one task does around its work: Ctrl-C is handed on, expected failures are printed, and the
 * result is what Nx wants. @param work returns whether it succeeded.
 */
export async function command(
  root: string,
  work: (around: Surroundings) => Promise<boolean>,
  builder?: string,
): Promise<{ success: boolean }> {
  const { signal, dispose } = interruption();
  const { end, ...display } = openDisplay();
  try {
    return { success: await work({ root, signal, builder, ...display }) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.problems.map(formatProblem).join('\n'));
    return { success: false };
  } finally {
    end();
    dispose();
    await letNxRead();
  }
}

/**
 * Of what a task printed last, Nx loses what still is in the pipe when the process ends: up to 64 KB, half of a long plan.
 */
async function letNxRead(): Promise<void> {
  const { isTTY, bytesWritten = 0 } = process.stdout as { isTTY?: boolean; bytesWritten?: number };
  if (!isTTY && bytesWritten > 16_000) await sleep(500);
}
