import { Failure, formatProblem, type Problem } from '@slipway/contract';
import type { RunFlags } from '../definition/flags.ts';
import { typedOptions } from './typed-options.ts';

/** Options of the executors: those of the command line, but for `version`, which Nx keeps to itself. */
export interface RunOptions extends Omit<RunFlags, 'version'> {
  /** Program and arguments that run instead of the application's own. */
  args?: string[];
  plan?: string;
  dryRun?: boolean;
  detach?: boolean;
  shell?: boolean;
  json?: boolean;
  pull?: boolean;
  /** All of these as they were typed. */
  words?: string[];
}

/** Calls a command of `slipway` as an executor: a problem is printed, and the task has then failed. */
export async function call(
  { words = [], ...given }: RunOptions,
  command: (args: readonly string[], flags: Omit<RunOptions, 'args' | 'words'>) => Promise<number>,
): Promise<{ success: boolean }> {
  const { args = [], ...flags }: RunOptions = typedOptions({ ...given }, words);
  try {
    return { success: (await command(args, flags)) === 0 };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.problems.map((problem) => formatProblem(forNx(problem))).join('\n'));
    return { success: false };
  }
}

/** Remedies name the options of the command line. What a message quotes was typed by somebody, and stays. */
function forNx(problem: Problem): Problem {
  return { ...problem, remedy: problem.remedy.replaceAll(/--version(?![\w=-])/g, '--as') };
}
