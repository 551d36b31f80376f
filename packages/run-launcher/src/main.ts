import { program } from './program.ts';
import { isAttended } from './terminal.ts';
import { watchOutput } from './watch-output.ts';

watchOutput();
// With nohup, or where the output goes somewhere else: Node itself forgets that SIGHUP is to do nothing.
if (!isAttended()) process.on('SIGHUP', () => {});

program()
  .parseAsync()
  .catch(async (error: unknown) => {
    // Loaded here, since what goes well need not wait for it.
    const { report } = await import('./report.ts');
    process.exitCode = report(error);
  });
