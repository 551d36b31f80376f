import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, formatProblem, nearest } from '@slipway/contract';
import { Command } from 'commander';
import type { RerunOptions } from './commands/rerun.ts';
import { addRunOptions, addShellOptions, type RunFlags, several } from './definition/flags.ts';
import { exitCodes } from './exit-codes.ts';
import { endWithOutput } from './watch-output.ts';
import { wrongCall } from './wrong-call.ts';

/** The `slipway` command line. Each command is loaded when it is called: most of them are not needed to plan a run. */
export function program(): Command {
  const slipway = new Command('slipway')
    .description('Starts training runs in published images, and keeps a record of each.')
    .version(ownVersion(), '-V, --version', 'print the version of slipway itself')
    .exitOverride()
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .hook('preAction', (_, command) => {
      if (printing.includes(command.name()) || command.opts().dryRun) endWithOutput();
    })
    .addHelpText('after', exitCodes(''));
  tellWrongCalls(slipway);
  addStarting(slipway);
  addRecords(slipway);
  addDoctor(slipway);
  addHelp(slipway);
  for (const command of below(slipway)) command.addHelpText('after', exitCodes(command.name()));
  return slipway;
}

/** A command by its words: `['doctor', 'flash-attention']`. */
export function commandOf(slipway: Command, words: readonly string[]): Command | undefined {
  return words.reduce<Command | undefined>(
    (outer, word) => outer?.commands.find((inner) => inner.name() === word),
    slipway,
  );
}

/** Every command below another one, however deep. */
const below = ({ commands }: Command): Command[] => commands.flatMap((each) => [each, ...below(each)]);

/** What a command is called as a whole: `slipway doctor flash-attention`. */
const fullName = (command: Command): string =>
  [command.parent ? fullName(command.parent) : '', command.name()].filter(Boolean).join(' ');

/** Has a command, and what is called below it, say what is wrong with its call. */
function tellWrongCalls(command: Command): void {
  const options = () => command.options.flatMap(({ long }) => long ?? []);
  command
    .configureOutput({
      outputError: (text, write) =>
        write(`${formatProblem(wrongCall(text, fullName(command), options()))}\n`),
    })
    .hook('preSubcommand', (_, called) => tellWrongCalls(called));
}

/** Commands that are for whoever reads what they print, and for nobody else. */
const printing = ['plan', 'runs', 'show', 'logs', 'diff', 'doctor', 'flash-attention', 'inspect'];

/** Packed or not, package.json lies beside the folder that this file is in. */
function ownVersion(): string {
  const path = join(import.meta.dirname, '../package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

function addStarting(slipway: Command): void {
  const words = "program and arguments to run instead of the application's own command";
  addRunOptions(
    slipway
      .command('run')
      .description('Start training in a runtime image, follow its log and return its exit code.')
      .usage('[options] [-- program arguments...]')
      .argument('[command...]', words),
  )
    .option('--detach', 'return as soon as the run is under way; its id is printed')
    .option('--dry-run', 'print the plan as JSON and do nothing; the same as slipway plan')
    .option('--shell', 'with --dry-run: print the commands that do the same, to be pasted')
    .option('--plan <file>', 'start exactly the run of this saved plan')
    .action(async (command: string[], flags: RunFlags, called: Command) => {
      requireBehindDashes(command, called);
      const { runCommand } = await import('./commands/run.ts');
      process.exitCode = await runCommand(command, flags);
    });
  addRunOptions(
    slipway
      .command('plan')
      .description('Print what run would start, and start nothing.')
      .usage('[options] [-- program arguments...]')
      .argument('[command...]', words),
  )
    .option('--shell', 'print the commands that do the same, to be pasted, instead of JSON')
    .option('--plan <file>', 'of a saved plan: hold it against this host, and print it again')
    .action(async (command: string[], flags: RunFlags, called: Command) => {
      requireBehindDashes(command, called);
      const { planCommand } = await import('./commands/plan.ts');
      await planCommand(command, flags);
    });
  addShellOptions(
    slipway
      .command('shell')
      .description('Open bash in the image, with the folders, GPUs and secrets of a run.'),
  ).action(async (flags: RunFlags) => {
    const { shellCommand } = await import('./commands/shell.ts');
    process.exitCode = await shellCommand(flags);
  });
  slipway
    .command('rerun')
    .description('Start a recorded run once more: same image, same commits, same everything.')
    .argument('<id>', 'run id, its beginning, or last')
    .option('--output <folder>', 'another output folder')
    .option('--force <check>', 'start although this check refuses', several)
    .option('--detach', 'return as soon as the run is under way')
    .option('--dry-run', 'print the plan as JSON and do nothing')
    .action(async (id: string, options: RerunOptions) => {
      const { rerunCommand } = await import('./commands/rerun.ts');
      process.exitCode = await rerunCommand(id, options);
    });
  slipway
    .command('follow-in-background', { hidden: true })
    .argument('<id>')
    .action(async (id: string) => {
      const { followCommand } = await import('./commands/follow.ts');
      await followCommand(id);
    });
}

/**
 * A word that was meant for an option, such as a version, would else take the place of the application's own command.
 * @throws Failure `usage` for words that are not behind `--`.
 */
function requireBehindDashes(words: readonly string[], called: Command): void {
  if (words.length === 0) return;
  const typed = typedWords(called);
  if (typed[typed.length - words.length - 1] === '--') return;
  throw new Failure({
    code: 'usage',
    message: `a program to run instead of the application's own command stands behind --; found: ${words.join(' ')}`,
    remedy: `-- ${words.join(' ')}; or leave it out`,
  });
}

/** Everything that the command line was called with. */
const typedWords = ({ parent, rawArgs }: Command & { rawArgs?: string[] }): string[] =>
  parent === null ? (rawArgs ?? []) : typedWords(parent);

function addRecords(slipway: Command): void {
  const idOf = 'run id, its beginning, or last';
  slipway
    .command('runs')
    .description('List the recorded runs of this workspace.')
    .option('--json', 'print the records as JSON')
    .action(async (options: { json?: boolean }) => {
      const { runsCommand } = await import('./commands/runs.ts');
      await runsCommand(options);
    });
  slipway
    .command('show')
    .description('Show the record of a run.')
    .argument('<id>', idOf)
    .option('--json', 'print the record as JSON')
    .action(async (id: string, options: { json?: boolean }) => {
      const { showCommand } = await import('./commands/show.ts');
      await showCommand(id, options);
    });
  slipway
    .command('logs')
    .description('Print what the application of a run printed.')
    .argument('<id>', idOf)
    .option('-f, --follow', 'go on until the run ends')
    .action(async (id: string, options: { follow?: boolean }) => {
      const { logsCommand } = await import('./commands/logs.ts');
      await logsCommand(id, options);
    });
  slipway
    .command('stop')
    .description('Ask a run to save and end (SIGINT), and wait for it.')
    .argument('<id>', idOf)
    .option('--now', 'end it at once, unsaved')
    .action(async (id: string, options: { now?: boolean }) => {
      const { stopCommand } = await import('./commands/stop.ts');
      await stopCommand(id, options);
    });
  slipway
    .command('diff')
    .description('Show what is not the same in two runs.')
    .argument('<before>', idOf)
    .argument('<after>', idOf)
    .option('--json', 'print the differences as JSON')
    .action(async (before: string, after: string, options: { json?: boolean }) => {
      const { diffCommand } = await import('./commands/diff.ts');
      await diffCommand(before, after, options);
    });
  slipway
    .command('gc')
    .description('Remove what ended runs left behind.')
    .option('--older-than <age>', 'also records and logs of runs that ended longer ago: 30d, 12h, 0s for all')
    .option('--outputs', 'also what those runs wrote into their own folders')
    .option('--dry-run', 'only say what would be removed')
    .action(async (options: { olderThan?: string; outputs?: boolean; dryRun?: boolean }) => {
      const { gcCommand } = await import('./commands/gc.ts');
      await gcCommand(options);
    });
}

function addDoctor(slipway: Command): void {
  const doctor = addRunOptions(
    slipway
      .command('doctor')
      .description('Look at this host, and with --image or --version also at what that run needs.')
      .usage('[options] [flash-attention]')
      .argument('[topic]')
      .enablePositionalOptions(),
  )
    .option('--json', 'print facts and findings as JSON; another host can plan with it (--host-facts)')
    .action(async (topic: string | undefined, flags: RunFlags & { json?: boolean }) => {
      const { doctorCommand } = await import('./commands/doctor.ts');
      process.exitCode = await doctorCommand(flags, topic);
    });
  addRunOptions(
    doctor
      .command('flash-attention')
      .description('Say in one sentence whether flash-attention will be used, and why.'),
  )
    .option('--json', 'print the evidence too')
    .option('--pull', 'fetch the image to try the import, if the engine does not have it')
    .action(async (flags: RunFlags & { json?: boolean; pull?: boolean }) => {
      const { flashAttentionCommand } = await import('./commands/doctor-flash-attention.ts');
      process.exitCode = await flashAttentionCommand(flags);
    });
}

/** Commander's own prints all of its help for a command that there is not, and no word about that. */
function addHelp(slipway: Command): void {
  slipway
    .helpCommand(false)
    .command('help')
    .description('Show what a command does, and its options.')
    .argument('[command...]')
    .action((words: string[]) => {
      commandOf(slipway, words)?.help();
      const asked = words.join(' ');
      const shown = slipway.createHelp();
      const known = below(slipway)
        .filter((each) => each.parent !== null && shown.visibleCommands(each.parent).includes(each))
        .map((each) => fullName(each).replace(/^\S+ /, ''));
      const meant = nearest(asked, known);
      slipway.error(`error: unknown command '${asked}'${meant ? `\n(Did you mean ${meant}?)` : ''}`);
    });
}
