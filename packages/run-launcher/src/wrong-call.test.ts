import { expect, it } from 'vitest';
import { wrongCall } from './wrong-call.ts';

it.each([
  ["error: unknown option '--output-dir'\n", '(Did you mean --output?) slipway run --help'],
  [
    "error: unknown option '--outptu'\n(Did you mean --output?)\n",
    '(Did you mean --output?) slipway run --help',
  ],
  [
    "error: unknown option '-inf'\n",
    'as a value it stands behind an equals sign: --opts KEY --opts=-inf; slipway run --help',
  ],
  ["error: unknown option '--elsewhere'\n", 'slipway run --help'],
])('tells what helps against %j', (text, remedy) => {
  const problem = wrongCall(text, 'slipway run', ['--output', '--opts']);
  expect(problem.message).toBe(text.split('\n')[0]?.replace('error: ', ''));
  expect(problem.remedy).toBe(`${remedy} tells what there is`);
});
