import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addRunOptions, addShellOptions, flagLayer, type RunFlags } from './flags.ts';
import { draftDefinition } from './run-definition.ts';

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

it('calls a version as it was given', () => {
  const { definition } = draftDefinition([flagLayer({ as: 'v1.0.0' }, [], '/')], '/h');
  expect(definition).toMatchObject({ version: 'v1.0.0', origins: { version: '--as' } });
  const both = (flags: RunFlags) =>
    draftDefinition([flagLayer({ ...flags, image: 'a/b' }, [], '/')], '/h').problems;
  expect(both({ as: 'v1.0.0' })[0]?.message).toMatch(/^--as: --image names the whole image/);
  expect(both({ version: 'v1.0.0' })[0]?.message).toMatch(/^--version: --image names the whole image/);
  expect(flagLayer({ as: '' }, [], '/').problems?.[0]?.message).toBe('--as: "" is empty');
});
