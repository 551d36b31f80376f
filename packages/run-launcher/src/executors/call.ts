import { Failure, formatProblem } from '@slipway/contract';
import type { RunFlags } from '../definition/flags.ts';
import { typedOptions } from './typed-options.ts';

/** Options of the executors: those of the command line, but for `version`, which Nx keeps to itself. */
export interface RunOptions extends Omit<RunFlags, 'version'> {
  as?: string;
  /** Program and arguments that run instead of the application's own. */
  args?: string[];
  plan?: string;
  detach?: boolean;
  json?: boolean;
  /** All of these as they were typed. */
  words?: string[];
}

/** Calls a command of `slipway` as an executor: a problem is printed, and the task has then failed. */
export async function call(
  { words = [], ...given }: RunOptions,
  command: (
    args: readonly string[],
    flags: Omit<RunOptions, 'as' | 'args' | 'words'> & RunFlags,
  ) => Promise<number>,
): Promise<{ success: boolean }> {
  const { as, args = [], ...options }: RunOptions = typedOptions({ ...given }, words);
  try {
    return { success: (await command(args, { ...options, version: as })) === 0 };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.problems.map(formatProblem).join('\n'));
    return { success: false };
  }
}
