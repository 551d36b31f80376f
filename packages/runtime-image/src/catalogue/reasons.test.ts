import type { BuildFacts, KeyComponents } from '@slipway/images';
import { expect, it, test } from 'vitest';
import { reasons } from './reasons.ts';

const facts = (components: KeyComponents): BuildFacts => ({ key: '', components });
const made = (runtime: KeyComponents, base: KeyComponents = {}) => ({
  runtime: facts(runtime),
  base: facts(base),
});
const sha = (digit: string) => digit.repeat(64);
const version = (text: string) => ({ arguments: { VERSION: text } });

test.each<[string, KeyComponents, KeyComponents, KeyComponents, KeyComponents, string[]]>([
  ['the number alone', version('v1'), version('v2'), {}, {}, ['only the number of its version']],
  ['nothing', {}, {}, {}, {}, ['nothing: it is made of the same']],
  [
    'files',
    { files: { sources: { files: { 'a/b.py': 'x 1', c: '- 1' } } } },
    { files: { sources: { files: { 'a/b.py': 'x 2', d: '- 1' } } } },
    {},
    {},
    ['file a/b.py is another', 'file c is gone', 'file d is new'],
  ],
  [
    'a base, by what changed in it',
    { base: `sha256:${sha('1')}` },
    { base: `sha256:${sha('2')}` },
    { files: { locks: { dependencies: { numpy: '2.3 abc' } } } },
    { files: { locks: { dependencies: { numpy: '2.4 def' } } } },
    ['base: dependency numpy 2.3 abc -> 2.4 def (architectures/cpu/requirements.lock)'],
  ],
  [
    'a base of which no more is known',
    { base: `sha256:${sha('1')}` },
    { base: `sha256:${sha('2')}` },
    {},
    {},
    ['base image sha256:111111111111 -> sha256:222222222222'],
  ],
])('%s', (_, before, now, baseBefore, baseNow, lines) => {
  expect(reasons('cpu', made(now, baseNow), made(before, baseBefore))).toEqual(lines);
});

it('says what is not known, and that there is none before it', () => {
  expect(reasons('cpu', made({}), undefined)).toEqual(['the first of its architecture that is there']);
  expect(reasons('cpu', { runtime: undefined, base: undefined }, made({}))).toBeNull();
});

it('keeps to what one reads', () => {
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}`, '- 1']));
  const lines = reasons('cpu', made({ files: { sources: { files } } }), made({}));
  expect(lines).toHaveLength(9);
  expect(lines?.at(-1)).toBe('and 12 more: npx nx run runtime-cpu:explain');
});
