import { Failure, formatProblem } from '@slipway/contract';
import { Command, CommanderError } from 'commander';
import { init } from './init.ts';

// `slipway init --help | head`: whoever reads may go.
process.stdout.on('error', () => {});

const program = new Command('slipway init')
  .description('Write what a Python repository needs to have its images built, read from its pyproject.toml.')
  .option('--architectures <names>', 'GPU families to write, with commas: turing,ampere,cpu')
  .option('--dry-run', 'show what would be written, and write nothing')
  .option('--force', 'change files that are there without asking; the differences are shown')
  .exitOverride()
  .addHelpText('after', '\nExit codes: 0 done, 1 refused or failed, 2 a wrong call');

try {
  const flags = program.parse(process.argv.slice(3), { from: 'user' }).opts<{
    architectures?: string;
    dryRun?: boolean;
    force?: boolean;
  }>();
  const done = await init(process.cwd(), {
    architectures: flags.architectures?.split(',').map((name) => name.trim()),
    dryRun: flags.dryRun ?? false,
    force: flags.force ?? false,
  });
  process.exitCode = done ? 0 : 1;
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  // Commander has said what is wrong already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof Failure)) throw error;
  console.error(error.problems.map(formatProblem).join('\n'));
  return 1;
}
