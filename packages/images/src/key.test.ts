import { expect, it } from 'vitest';
import { buildKey, canonicalJson } from './key.ts';

it('does not depend on the order of names', () => {
  expect(buildKey({ a: 1, b: { c: [1, 2], d: null } })).toBe(buildKey({ b: { d: null, c: [1, 2] }, a: 1 }));
  expect(canonicalJson({ b: [true, 'x'], a: null })).toBe('{"a":null,"b":[true,"x"]}');
});

it('depends on every value and on the order of lists', () => {
  const keys = [{ a: 1 }, { a: 2 }, { a: '1' }, { a: [1, 2] }, { a: [2, 1] }, { b: 1 }, {}].map((each) =>
    buildKey(each as never),
  );
  expect(new Set(keys).size).toBe(keys.length);
});
