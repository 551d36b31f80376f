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
