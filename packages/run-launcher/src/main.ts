import { formatProblem } from '@slipway/contract';
import { CommanderError } from 'commander';
import { program } from './program.ts';

// `slipway run | head`, a terminal that is closed: whoever reads may go, the run goes on and is recorded.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = await report(error);
}

async function report(error: unknown): Promise<number> {
  // Commander has said what is wrong already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  // Loaded here, since what starts well need not wait for it.
  const { asFailure } = await import('@slipway/effects');
  const { problems } = asFailure(error);
  console.error(problems.map(formatProblem).join('\n'));
  if (problems.every(({ code }) => code === 'interrupted')) return 130;
  return problems.some(({ code }) => code === 'usage') ? 2 : 1;
}
