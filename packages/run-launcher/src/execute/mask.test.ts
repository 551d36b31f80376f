import { expect, it } from 'vitest';
import { maskSecrets } from './mask.ts';

const mask = maskSecrets(['s3cret/value', 's3cret/value-longer', 'two\nlines', 'abc', '']);

it.each([
  ['key=s3cret/value', 'key=***'],
  ['s3cret/value-longer', '***'],
  ['twice: s3cret/value s3cret/value', 'twice: *** ***'],
  ['https://x?key=s3cret%2Fvalue', 'https://x?key=***'],
  [`Basic ${Buffer.from('s3cret/value').toString('base64')}`, 'Basic ***'],
  ['the second of two: lines', 'the second of two: ***'],
  ['abc is too short to hide anything', 'abc is too short to hide anything'],
])('%s -> %s', (line, masked) => {
  expect(mask(line)).toBe(masked);
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

it.each(['', 'u', 'us', 'user:', 'ann:'])('hides the base64 of a text that begins with %j', (before) => {
  const value = 'p?ss~wörd>>1';
  const hide = maskSecrets([value]);
  for (const after of ['', '\n', '@x', 'xyz']) {
    const shown = hide(`Basic ${base64(before + value + after)} end`);
    expect(shown).toMatch(/^Basic \S{0,8}\*{3}\S{0,8} end$/);
    const url = Buffer.from(before + value + after).toString('base64url');
    expect(hide(url)).toMatch(/^\S{0,8}\*{3}\S{0,8}$/);
  }
});

it.each([
  ['JSON', (value: string) => JSON.stringify({ key: value }), '{"key":"***"}'],
  ['JSON in ASCII', () => '{"key": "a\\"b\\\\c/ \\u00e4!"}', '{"key": "***"}'],
  ['a URL', (value: string) => `?k=${encodeURIComponent(value)}`, '?k=***'],
  ["Python's quote", () => 'k=a%22b%5Cc/%20%C3%A4%21', 'k=***'],
  ['a form', () => 'k=a%22b%5Cc%2F+%C3%A4%21', 'k=***'],
])('hides a value as %s spells it', (_name, spell, shown) => {
  const value = 'a"b\\c/ ä!';
  expect(maskSecrets([value])(spell(value))).toBe(shown);
});

it('takes little time for a long log', () => {
  const hide = maskSecrets(
    Array.from({ length: 10 }, (_, index) => `s3cret-value-${index}-abcdefghijklmnop`),
  );
  const line = 'epoch 12 step 3400 loss 0.12345 accuracy 0.98765 images/s 1234.5 '.repeat(3);
  const began = performance.now();
  for (let count = 0; count < 10_000; count += 1) expect(hide(line) === line).toBe(true);
  expect(performance.now() - began).toBeLessThan(5000);
});
