import { formatVersion, parseVersion } from '@slipway/contract';
import { describe, expect, it } from 'vitest';
import { fromDotted, toDotted } from './dotted.ts';
import { nextCandidate } from './next-version.ts';

describe('nextCandidate', () => {
  it.each([
    ['the first of a line', 'v0.2.0-rc1', ['v0.1.0', 'v0.1.0-rc3'], null, 'v0.2.0-rc1'],
    ['the next of a line', 'v0.2.0-rc2', ['v0.1.0', 'v0.2.0-rc1'], null, 'v0.2.0-rc2'],
    ['numbers, not letters', 'v0.2.0-rc10', ['v0.2.0-rc9', 'v0.2.0-rc10', 'v0.2.0-rc2'], null, 'v0.2.0-rc11'],
    [
      'a number that never came to the branch',
      'v0.2.0-rc2',
      ['v0.2.0-rc1', 'v0.2.0-rc7'],
      null,
      'v0.2.0-rc8',
    ],
    ['numbers of other lines', 'v0.2.0-rc1', ['v0.1.1-rc5', 'v0.20.0-rc6'], null, 'v0.2.0-rc1'],
  ])('%s', (_, answered, taken, first, expected) => {
    const facts = { taken: taken.map(parseVersion), first, begun: true };
    expect(formatVersion(nextCandidate(parseVersion(answered), facts))).toBe(expected);
  });

  it.each([
    ['what a file states', 'v0.1.0', [], 'v0.1.0-rc1'],
    ['a candidate that a file states', 'v0.1.1-rc7', [], 'v0.1.1-rc7'],
    ['no file', null, [], 'v1.0.0-rc1'],
    ['one that a tag elsewhere has', 'v0.1.0', ['v0.1.0-rc4'], 'v0.1.0-rc5'],
  ])('begins with %s', (_, first, taken, expected) => {
    const facts = { taken: taken.map(parseVersion), first: first && parseVersion(first), begun: false };
    expect(formatVersion(nextCandidate(parseVersion('v1.0.0-rc1'), facts as never))).toBe(expected);
  });
});

it.each([
  ['v0.1.1-rc7', 'v0.1.1-rc.7'],
  ['v0.1.1', 'v0.1.1'],
])('%s is %s to semantic-release, and back', (ours, theirs) => {
  expect(toDotted(parseVersion(ours))).toBe(theirs);
  expect(formatVersion(fromDotted(theirs))).toBe(ours);
  expect(formatVersion(fromDotted(theirs.slice(1)))).toBe(ours);
});
