import { Failure, formatProblem } from '@slipway/contract';
import type { Surroundings } from './build.ts';
import { openDisplay } from './display.ts';
import { interruption } from './interruption.ts';

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
  }
}
