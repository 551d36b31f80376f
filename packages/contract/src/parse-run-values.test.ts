import { expect, it } from 'vitest';
import { parseRunValues } from './parse-run-values.ts';

const place = (key: string) => `--${key}`;

it('keeps what is right, and names each value that a run.toml could not hold either', () => {
  const given = {
    cache: '',
    workdir: 'rel',
    processes: 2.5,
    stop_seconds: 0,
    command: [''],
    output: 'out',
    opts: ['KEY', ''],
  };
  const { values, problems } = parseRunValues(given, place);
  expect(values).toEqual({ output: 'out', opts: ['KEY', ''] });
  expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
    'usage --command: "" is not a program with its arguments',
    'usage --cache: "" is empty',
    'usage --processes: 2.5 is not a whole number',
    expect.stringContaining('usage --workdir: "rel" is not an absolute path'),
    'usage --stop_seconds: 0 is below 1',
  ]);
});

it('takes a command whose later words are empty', () => {
  expect(parseRunValues({ command: ['python', 'x.py', 'KEY', ''] }, place).problems).toEqual([]);
});
