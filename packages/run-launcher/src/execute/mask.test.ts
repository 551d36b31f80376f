import { describe, expect, it } from 'vitest';
import { maskSecrets, maskWarnings } from './mask.ts';

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

it('hides the lines of a value that are broken by a carriage return alone', () => {
  const hide = maskSecrets(['first-part\rsecond-part']);
  expect(['a first-part', 'second-part'].map(hide)).toEqual(['a ***', '***']);
});

it.each([
  ['export -p of dash', `export K='it'"'"'s a $ecret'`, `export K='***'`],
  ['set -x', `K='it'\\''s a $ecret'`, `K='***'`],
  ['declare -p', 'declare -x K="it\'s a \\$ecret"', 'declare -x K="***"'],
  ['printf %q', "it\\'s\\ a\\ \\$ecret", '***'],
  ['Python', "'it\\'s a $ecret'", "'***'"],
])('hides a value as %s spells it', (_name, line, shown) => {
  expect(maskSecrets(["it's a $ecret"])(line)).toBe(shown);
});

it.each([
  ['declare -p', `declare -x K=$'it\\'s "a"\\t\\\\ \u00e4&'`, `declare -x K=$'***'`],
  ['declare -p in C', `declare -x K=$'it\\'s "a"\\t\\\\ \\303\\244&'`, `declare -x K=$'***'`],
  ['repr', `{'K': 'it\\'s "a"\\t\\\\ \u00e4&'}`, `{'K': '***'}`],
  ['ascii', `'it\\'s "a"\\t\\\\ \\xe4&'`, `'***'`],
  ['repr of bytes', `b'it\\'s "a"\\t\\\\ \\xc3\\xa4&'`, `b'***'`],
  ['html.escape', `<b>it&#x27;s &quot;a&quot;\t\\ \u00e4&amp;</b>`, `<b>***</b>`],
  ['html.escape without quotes', `<b>it's "a"\t\\ \u00e4&amp;</b>`, `<b>***</b>`],
])('hides a value with quotes, tabs and letters beyond ASCII as %s spells it', (_name, line, shown) => {
  expect(maskSecrets(['it\'s "a"\t\\ \u00e4&'])(line)).toBe(shown);
});

it.each([
  ['printf %q', 'a\\ k\u00e9y\\!', 'a k\u00e9y!'],
  ['repr without quotes', '"it\'s a\\\\key"', "it's a\\key"],
  ['repr of what is not seen', "'a\\u200bkey\\U000e0001'", 'a\u200bkey\u{e0001}'],
])('hides a value as %s spells it', (_name, line, value) => {
  expect(maskSecrets([value])(line)).toMatch(/^["']?\*{3}["']?$/);
});

it('hides values that overlap, and those that follow one another', () => {
  const hide = maskSecrets(['abcdefghij', 'ghijklmnop', 'mnop']);
  expect(hide('abcdefghijklmnop')).toBe('***');
  expect(hide('x abcdefghijghijklmnop y')).toBe('x ****** y');
  expect(hide('mnopmnop')).toBe('******');
});

it('leaves no value, whatever the values and what stands around them', () => {
  const random = randomOf(7);
  const letters = [
    'a',
    'b',
    '=',
    '/',
    '+',
    ' ',
    '"',
    "'",
    '\\',
    '$',
    '\t',
    '\u00e4',
    '\u{1f600}',
    '%',
    '&',
    '.',
  ];
  const text = (length: number) =>
    Array.from({ length }, () => letters[random(letters.length)] ?? '').join('');
  for (let round = 0; round < 2000; round += 1) {
    const values = Array.from({ length: 1 + random(4) }, () => text(4 + random(12)));
    const line = Array.from({ length: 1 + random(5) }, () => text(random(6)) + values[random(4)]).join('');
    const shown = maskSecrets(values)(line);
    for (const value of values.map((each) => each.trim()).filter(({ length }) => length >= 4))
      expect(shown, JSON.stringify({ values, line })).not.toContain(value);
  }
});

/** Numbers below another one, the same ones each time. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

it.each([8, 20])('takes a line of %i million letters, as every other one', (millions) => {
  const hide = maskSecrets(['K001abc/DEF+ghi=jklMNO/pq']);
  const line = 'x'.repeat(millions * 1e6);
  expect(hide(line) === line).toBe(true);
  expect(hide(`${line}K001abc/DEF+ghi=jklMNO/pq`) === `${line}***`).toBe(true);
});

it.each([
  [
    'others',
    (step: number) => `2026-09-01T12:00:00.123Z epoch 3 step ${step} loss 0.12345 /output/checkpoint`,
  ],
  ['those that begin as its own', (step: number) => `line ${step} of a log, line by line, of a secret line`],
])('takes little more time for a secret of many lines, in %s', (_what, lineOf) => {
  const lines = Array.from({ length: 3000 }, (_, index) => `line ${index} of a secret: ${index * 7_654_321}`);
  const hide = maskSecrets([lines.join('\n')]);
  const began = performance.now();
  for (let step = 0; step < 20_000; step += 1) {
    const line = lineOf(step);
    expect(hide(line) === line).toBe(true);
  }
  expect(performance.now() - began).toBeLessThan(3000);
  expect(new Set(lines.map(hide))).toEqual(new Set(['***']));
});

it('hides as many lines as a variable holds', () => {
  const lines = Array.from({ length: 21_000 }, (_, index) => index.toString(36).padStart(5, '0'));
  expect(new Set(lines.map(maskSecrets([lines.join('\n')])))).toEqual(new Set(['***']));
});

describe.each([76, 64])('hides base64 in lines of %i letters', (columns) => {
  const value =
    'a value that is so long that its base64 is broken into several lines, wherever it stands in them';
  it.each(['', 'x', 'user:', `{"a": "${'b'.repeat(80)}", "key": "`])('behind %j', (before) => {
    const hide = maskSecrets([value]);
    for (const after of ['', '"}', '" and more than that']) {
      const lines = base64(before + value + after).match(new RegExp(`.{1,${columns}}`, 'g')) ?? [];
      const shown = lines.map(hide).map((line) => line.replaceAll('***', ''));
      const hidden = base64(value);
      for (let at = 12; at + 12 < hidden.length; at += 1) {
        expect(shown.join('')).not.toContain(hidden.slice(at, at + 8));
      }
      const whole = Buffer.from(shown.join(''), 'base64').toString();
      expect(whole).not.toMatch(/value|long|broken|several|wherever/);
      // Nothing else goes.
      expect(shown.join('').length).toBeLessThan(base64(before + after).length + 16);
    }
  });
});

it('leaves words alone that agree in a few letters', () => {
  const hide = maskSecrets(['a-secret-value']);
  for (const line of ['YS1zZQ', 'YXNk', 'epoch 12', '/output/checkpoint', '']) expect(hide(line)).toBe(line);
});

it('says of which values a log will show too much, or too little', () => {
  const secrets = { A: 'abc', B: 'true', C: '1234', D: 's3cret-value', E: 'f0e1d2c3b4' };
  expect(maskWarnings(secrets).map(({ found }) => found)).toEqual([
    'A is too short to be hidden: the log will show its value',
    'B is a common word: the log will show *** wherever that stands',
    'C is a common word: the log will show *** wherever that stands',
  ]);
  const lines = { A: '{\n"type":\nmodel\n}', B: '{\n"type": "model"\n}\n' };
  expect(maskWarnings(lines).map(({ found }) => found)).toEqual([
    'a line of A is a common word: the log will show *** wherever that stands',
  ]);
});

it('takes little time for a long log', () => {
  const hide = maskSecrets(
    Array.from({ length: 10 }, (_, index) => `s3cret-value-${index}-abcdefghijklmnop`),
  );
  const line =
    '2026-09-01T12:00:00.123Z training/epoch-12 epoch 12 step 3400 loss 0.12345 accuracy 0.98765 images/s 1234.5 '.repeat(
      3,
    );
  const began = performance.now();
  for (let count = 0; count < 10_000; count += 1) expect(hide(line) === line).toBe(true);
  const long = `data "${'a1b2'.repeat(100_000)}"`;
  expect(hide(long) === long).toBe(true);
  expect(performance.now() - began).toBeLessThan(5000);
});
