import { expect, it } from 'vitest';
import { isBackground } from './terminal.ts';

it.each([
  ['in the foreground', '42 (node) S 40 42 40 34816 42 4194304', false],
  ['started with &', '42 (node) S 40 42 40 34816 40 4194304', true],
  ['without a terminal', '42 (node) S 40 42 42 0 -1 4194304', false],
  ['of an odd name', '42 (a) S 1 (b)) S 40 42 40 34816 40 4194304', true],
])('tells whether a process is in the background: %s', (_which, stat, expected) => {
  expect(isBackground(stat)).toBe(expected);
});
