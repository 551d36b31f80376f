import { expect, test } from 'vitest';
import { compareDebianVersions } from './debian-version.ts';

test.each([
  ['1.0', '<', '1.1'],
  ['1.9', '<', '1.10'],
  ['1.0', '=', '1.00'],
  ['1.0', '=', '0:1.0'],
  ['9.9', '<', '1:0.1'],
  ['1.0~rc1', '<', '1.0'],
  ['1.0~~', '<', '1.0~'],
  ['1.0', '<', '1.0a'],
  ['1.0a', '<', '1.0+'],
  ['1.0-1', '<', '1.0-1.1'],
  ['1.0', '<', '1.0-1'],
  ['1.0-1', '<', '1.0+dfsg-1'],
  ['3.0.13-0ubuntu3', '<', '3.0.13-0ubuntu3.5'],
  ['2.41-12', '<', '2.41-12+deb13u1'],
  ['2.41-12~deb13u1', '<', '2.41-12'],
  ['1.2-3-4', '<', '1.2-4-1'],
  ['9.0p1', '<', '10.0p1'],
])('%s %s %s', (a, sign, b) => {
  const order = { '<': -1, '=': 0 }[sign] ?? 1;
  expect(Math.sign(compareDebianVersions(a, b))).toBe(order);
  expect(Math.sign(compareDebianVersions(b, a))).toBe(order === 0 ? 0 : -order);
});
