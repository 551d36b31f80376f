import { formatProblem } from '@slipway/contract';
import { asFailure } from '@slipway/effects';
import { CommanderError } from 'commander';

/** Prints what went wrong. @returns the exit code of the program. */
export function report(error: unknown): number {
  // Commander has said what is wrong already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { problems } = asFailure(error);
  console.error(problems.map(formatProblem).join('\n'));
  if (problems.every(({ code }) => code === 'interrupted')) return 130;
  return problems.some(({ code }) => code === 'usage') ? 2 : 1;
}
