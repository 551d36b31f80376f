import { expect, test } from 'vitest';
import { parseSizes } from './archive.ts';

test('sizes from what apt-cache show prints', () => {
  const text = `Package: runc
Version: 1.1.5+ds1-1+deb12u1
Installed-Size: 9876
Size: 2709960

Package: iptables
Size: 360192
`;
  expect([...parseSizes(text)]).toEqual([
    ['runc', 2709960],
    ['iptables', 360192],
  ]);
  expect(parseSizes('').size).toBe(0);
});
