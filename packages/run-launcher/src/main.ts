import { program } from './program.ts';

// `slipway run | head`, a terminal that is closed: whoever reads may go, the run goes on and is recorded.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

program()
  .parseAsync()
  .catch(async (error: unknown) => {
    // Loaded here, since what goes well need not wait for it.
    const { report } = await import('./report.ts');
    process.exitCode = report(error);
  });
