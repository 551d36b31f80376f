import { Failure } from '@slipway/contract';
import { expect, it } from 'vitest';
import { program } from '../program.ts';
import type { RunOptions } from './call.ts';
import { refuseOthers } from './refuse-others.ts';
import schema from './run.schema.json' with { type: 'json' };

it.each<[string, RunOptions]>([
  ['run', { as: 'v1', opts: ['A', 'b'], detach: true, dryRun: true, shell: true, plan: 'x', timings: true }],
  ['plan', { as: 'v1', opts: ['A', 'b'], shell: true, plan: 'x', timings: true, detach: false }],
  ['shell', { output: 'x', sshKey: 'k', cfg: undefined, timings: true }],
  ['doctor', { image: 'x', hostFacts: 'x', json: true }],
  ['doctor flash-attention', { image: 'x', json: true, pull: true }],
])('lets %s have what it takes on the command line', (name, options) => {
  expect(() => refuseOthers(name.split(' '), options)).not.toThrow();
});

it.each<[string, RunOptions, string[], string]>([
  ['plan', { detach: true, json: true }, [], '--detach, --json'],
  ['run', { pull: true }, [], '--pull'],
  ['shell', { output: 'x', opts: ['A', 'b'], stopSeconds: 3 }, ['python'], '--opts, --stop-seconds, python'],
  ['doctor', { dryRun: true, plan: 'foo', detach: true }, [], '--dry-run, --plan, --detach'],
  ['doctor', { pull: true }, [], '--pull'],
  ['doctor flash-attention', { shell: true }, ['now'], '--shell, now'],
])('and refuses for %s what would be passed over', (name, options, words, others) => {
  const refused = () => refuseOthers(name.split(' '), options, words);
  expect(refused).toThrow(Failure);
  expect(refused).toThrow(`error[usage] slipway ${name} takes no ${others}\n`);
});

it('has every option of the command line for Nx', () => {
  const { commands } = program();
  const called = commands.filter((command) => ['run', 'plan', 'shell', 'doctor'].includes(command.name()));
  expect(called).toHaveLength(4);
  const options = [...called, ...called.flatMap((command) => command.commands)].flatMap((command) =>
    command.options.map((option) => option.attributeName()),
  );
  // Which Nx keeps to itself.
  const expected = options.map((name) => (name === 'version' ? 'as' : name));
  expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(expected));
});
