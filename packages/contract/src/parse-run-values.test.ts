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

it('drops a slash at the end of a path in the container, and takes a blank there', () => {
  const { values, problems } = parseRunValues({ workdir: '/data/my set/' }, place);
  expect({ values, problems }).toEqual({ values: { workdir: '/data/my set' }, problems: [] });
  const application = { path: '/app/digits/' };
  expect(parseRunValues({ application }, place).values).toEqual({ application: { path: '/app/digits' } });
});

it.each(['/', '//x', '/a//b', '/a/../b', '/a/.', '/a\nb'])(
  'refuses %j as a folder to start in',
  (workdir) => {
    expect(parseRunValues({ workdir }, place).problems).toMatchObject([{ code: 'usage' }]);
  },
);

it('words what is too large', () => {
  const { problems } = parseRunValues({ processes: 1e300 }, place);
  expect(problems.map(({ message }) => message)).toEqual([
    `--processes: 1e+300 ${'is above'} 9007199254740991`,
  ]);
});
