import { expect, it } from 'vitest';
import { overlap } from './missed-lines.ts';

it.each([
  [[], ['a'], 0],
  [['a', 'b', 'c'], ['b', 'c', 'd'], 2],
  [['a', 'b', 'c'], ['a', 'b', 'c'], 3],
  [['a', 'b', 'c'], ['x'], 0],
  // The longest one: a line may be printed again and again.
  [['a', 'a'], ['a', 'a', 'a'], 2],
  [['step', 'step'], ['step', 'loss', 'step'], 1],
])('of %j and %j, %i lines are the same', (kept, fresh, count) => {
  expect(overlap(kept, fresh)).toBe(count);
});
