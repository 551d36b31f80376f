import { expect, test } from 'vitest';
import { compareNumbers, coverage, describeCapability } from './capability.ts';

test.each([
  [['8.0'], '8.0', 'cubin'],
  [['8.0'], '8.6', 'cubin'],
  [['8.6'], '8.9', 'cubin'],
  [['8.6'], '8.0', undefined],
  [['8.0'], '9.0', undefined],
  [['9.0'], '10.0', undefined],
  [['8.0'], '8.7', undefined],
  [['8.7'], '8.7', 'cubin'],
  [['8.7'], '8.9', undefined],
  [['12.0+PTX'], '12.0', 'cubin'],
  [['12.0+PTX'], '12.1', 'cubin'],
  [['9.0+PTX'], '12.0', 'ptx'],
  [['9.0+PTX'], '10.0', 'ptx'],
  [['8.0+PTX'], '8.7', 'ptx'],
  [['9.0+PTX'], '8.9', undefined],
  [[], '8.0', undefined],
] as const)('code for %j on %s: %s', (archs, capability, expected) => {
  expect(coverage(archs, capability)).toBe(expected);
});

test('versions of dotted numbers are ordered by value', () => {
  const ordered = ['8.9', '9.0', '10.0', '525', '525.60.13', '525.85', '1000'];
  expect(ordered.toReversed().sort(compareNumbers)).toEqual(ordered);
});

test('a capability is described by its family and best-known GPU', () => {
  expect(describeCapability('8.6')).toBe('8.6 (Ampere: RTX 3090)');
  expect(describeCapability('99.0')).toBe('99.0');
});
