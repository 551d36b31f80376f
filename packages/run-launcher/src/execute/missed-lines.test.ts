import { expect, it } from 'vitest';
import { firstMissed, type StampedLine, stampedLine } from './missed-lines.ts';

/** Lines that an engine got at 1.0 s, 1.1 s and so on. */
const linesOf = (texts: readonly string[]): StampedLine[] =>
  texts.map((text, index) => ({ at: at(index), endedAt: at(index), text }));
const times = (text: string, count: number): string[] => new Array<string>(count).fill(text);
/** What was kept when the last line of it was written as soon as the engine had it. */
const keptOf = (last: string[], { lines = last.length } = {}) => ({
  lines,
  last,
  writtenAt: 1000 + (lines - 1) * 100,
});
const stampOf = (second: string): string => `2020-11-26T12:00:0${second}.123456789Z `;
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

it.each([
  ['ASCII', 'x'.repeat(40_000)],
  ['a bar of letters of three bytes', '10%\u2588\u2588 '.repeat(9000)],
  ['letters of four bytes', 'a\u{1f600}'.repeat(9000)],
  ['stamps that the application printed', `${stampOf('5')}${'x'.repeat(16_384)}${stampOf('6')}more`],
])('knows a long line of %s again, of which each piece has a stamp', (_what, line) => {
  const bytes = Buffer.from(line);
  const stamped: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += 16_384) {
    if (from > 0) stamped.push(Buffer.from(stampOf('1')));
    stamped.push(bytes.subarray(from, from + 16_384));
  }
  const { text } = stampedLine(0n, Buffer.concat(stamped).toString(), { mask: (each) => each, now: 0n });
  const lines = linesOf(['a', text, 'b', 'c']);
  expect(firstMissed(keptOf(['a', line, 'b']), lines, 0)).toBe(at(3) - 1n);
  // Another line is none.
  expect(firstMissed(keptOf(['a', `${line}.`, 'b']), lines, 0)).not.toBe(at(3) - 1n);
});

it('asks for what comes behind the last piece of the last line', () => {
  const now = 1_606_392_009_000_000_000n;
  const text = `x${stampOf('2')}y${stampOf('3')}z`;
  const line = stampedLine(now - 9_000_000_000n, text, { mask: (each) => each.toUpperCase(), now });
  expect(line).toEqual({
    at: now - 9_000_000_000n,
    endedAt: now - 6_000_000_000n + 123_456_789n,
    text: 'XYZ',
  });
  const kept = { lines: 1, last: ['XYZ'], writtenAt: Number(now / 1_000_000n) };
  expect(firstMissed(kept, [line], 0)).toBe(line.endedAt + 1n);
  // Of a later one, the application has told itself.
  expect(
    stampedLine(now, `x${stampOf('9')}2020-99-99T99:99:99.9Z `, { mask: (each) => each, now }).endedAt,
  ).toBe(now);
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
  const late = linesOf(['x', 'y', 'z', 'z']).map((line) => ({ ...line, at: line.at + 60_000_000_000n }));
  expect(firstMissed(kept, late, 0)).toBe(since);
});
