import { Failure, formatProblem } from '@slipway/contract';
import { CommanderError } from 'commander';
import { program } from './program.ts';

// `slipway run | head`: whoever reads may go, the run goes on and is recorded.
process.stdout.on('error', () => {});

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  // Commander has said what is wrong already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof Failure)) throw error;
  console.error(error.problems.map(formatProblem).join('\n'));
  if (error.problems.every(({ code }) => code === 'interrupted')) return 130;
  return error.problems.some(({ code }) => code === 'usage') ? 2 : 1;
}
