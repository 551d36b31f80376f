import { expect, it } from 'vitest';
import { firstMissed, type StampedLine } from './missed-lines.ts';

/** Lines that an engine got at 1.0 s, 1.1 s and so on. */
const linesOf = (texts: readonly string[]): StampedLine[] =>
  texts.map((text, index) => ({ at: 1_000_000_000n + BigInt(index) * 100_000_000n, text }));
const times = (text: string, count: number): string[] => new Array<string>(count).fill(text);
/** What was kept when the last line of it was written as soon as the engine had it. */
const keptOf = (last: string[], { lines = last.length } = {}) => ({
  lines,
  last,
  writtenAt: 1000 + (lines - 1) * 100,
});
const at = (index: number): bigint => 1_000_000_000n + BigInt(index) * 100_000_000n;

it.each([
  ['the next line', keptOf(['a', 'b']), ['a', 'b', 'c'], at(2) - 1n],
  ['nothing', keptOf(['a', 'b']), ['a', 'b'], at(1) + 1n],
  [
    'of a line that is repeated, as many as were not kept',
    keptOf(times('a', 60)),
    times('a', 70),
    at(60) - 1n,
  ],
  ['of a line that comes again', keptOf(['a', 'b']), ['a', 'b', 'a', 'b'], at(2) - 1n],
  ['two streams, whose lines came in another order', keptOf(['b', 'a']), ['a', 'b', 'c'], at(2) - 1n],
  ['two streams, one of which was cut off: nothing is lost', keptOf(['a', 'c']), ['a', 'b', 'c'], at(1) - 1n],
])('%s is missing', (_what, kept, lines, expected) => {
  expect(firstMissed(kept, linesOf(lines), 0)).toBe(expected);
});

it('looks at the lines around the end of what was kept alone', () => {
  const kept = keptOf(times('a', 500), { lines: 5000 });
  const near = linesOf(times('a', 5010)).slice(3000);
  expect(firstMissed(kept, near, 3000)).toBe(at(5000) - 1n);
});

it('goes by the clock where the engine threw the beginning away', () => {
  const kept = keptOf(['x', 'y', 'z']);
  const since = BigInt(kept.writtenAt - 2000) * 1_000_000n;
  expect(firstMissed(kept, linesOf(['k', 'l', 'm', 'n']), 0)).toBe(since);
  expect(firstMissed(kept, [], 0)).toBe(since);
  // The same text, so late that it cannot have been kept.
  const late = linesOf(['x', 'y', 'z', 'z']).map(({ at, text }) => ({ at: at + 60_000_000_000n, text }));
  expect(firstMissed(kept, late, 0)).toBe(since);
});
