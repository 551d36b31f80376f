import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { exitCodes } from './exit-codes.ts';
import { program } from './program.ts';

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];

/** What a person reads, texts after the options among them. */
const helpOf = (command: Command): string => {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
};

it('are told once in the help of every command', () => {
  for (const command of all(program())) {
    expect(helpOf(command).split('Exit codes:'), command.name()).toHaveLength(2);
  }
});

it.each([
  ['plan', '  1           refused or failed: the problems are printed, with what to do'],
  ['run', "  of a run    the application's own"],
  ['doctor', '  1           something refuses a run'],
  ['flash-attention', '  1           it will not be, as the sentence says'],
])('of %s', (name, line) => {
  expect(exitCodes(name)).toContain(line);
  expect(exitCodes(name)).toContain('  130         interrupted');
});
