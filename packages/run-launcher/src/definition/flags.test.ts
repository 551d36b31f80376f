import { Failure } from '@slipway/contract';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addRunOptions, addShellOptions, refuseAllButShell } from './flags.ts';

it('a shell does not offer what says how the application is started', () => {
  const names = (add: (command: Command) => Command) => add(new Command()).options.map(({ long }) => long);
  const shell = names(addShellOptions);
  expect(names(addRunOptions).filter((name) => !shell.includes(name))).toEqual([
    '--cfg',
    '--opts',
    '--processes',
    '--update',
    '--stop-seconds',
  ]);
});

it('and refuses it where Nx offers it', () => {
  expect(() => refuseAllButShell({ output: 'x', version: undefined, sshKey: 'k' }, [])).not.toThrow();
  expect(() => refuseAllButShell({ output: 'x', opts: ['A', 'b'], stopSeconds: 3 }, ['python'])).toThrow(
    expect.objectContaining({
      problems: [expect.objectContaining({ message: expect.stringMatching(/: opts, stopSeconds, python$/) })],
    }),
  );
  expect(() => refuseAllButShell({}, ['python'])).toThrow(Failure);
});
