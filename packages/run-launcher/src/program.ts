import { formatProblem, type Problem } from '@slipway/contract';
import { Command } from 'commander';
import { type RunFlags, runCommand } from './run-command.ts';
import { runsCommand, showCommand } from './runs-command.ts';

/** The `slipway` command line. */
export function program(): Command {
  const slipway = new Command('slipway')
    .description('Starts training runs in published images, and keeps a record of each.')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(`${formatProblem(wrongCall(text))}\n`) })
    .enablePositionalOptions();
  slipway
    .command('run')
    .description('Start training in a runtime image, follow its log and return its exit code.')
    .usage('[options] [-- program arguments...]')
    .argument('[command...]', "program and arguments to run instead of the application's own command")
    .option('--image <reference>', 'image to run; else the one that --version and --architecture name')
    .option(
      '--version <vX.Y.Z>',
      "published version; default: the one that the application's pyproject.toml states",
    )
    .option('--architecture <name>', "architecture of the image; default: the one for this host's GPU")
    .option('--cfg <file>', "the application's configuration file")
    .option('--opts <words...>', 'KEY VALUE pairs for the application, passed on untouched')
    .option('--output <folder>', 'folder of this host that becomes /output; default: a new one')
    .option(
      '--cache <folder>',
      "folder of this host that becomes the application's cache; default ~/.cache/<application>",
    )
    .option('--shm-size <size>', 'shared memory for data loader workers', '8g')
    .option('--gpus <devices>', 'GPUs to use: all, a number, or device=0,1')
    .option('--dry-run', 'print the plan as JSON and do nothing')
    .option('--plan <file>', 'start exactly the run of this saved plan')
    .action(async (command: string[], flags: RunFlags) => {
      process.exitCode = await runCommand({ ...flags, command });
    });
  slipway
    .command('runs')
    .description('List the recorded runs of this workspace.')
    .option('--json', 'print the records as JSON')
    .action(runsCommand);
  slipway
    .command('show')
    .description('Show the record of a run.')
    .argument('<id>', 'run id, or its beginning')
    .option('--json', 'print the record as JSON')
    .action(showCommand);
  return slipway;
}

/** What commander says about a wrong call, in the form that every other problem has. */
function wrongCall(text: string): Problem {
  const [what = '', ...suggestion] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  return {
    code: 'usage',
    message: what,
    remedy: [...suggestion, 'slipway --help and slipway run --help tell what there is'].join(' '),
  };
}
