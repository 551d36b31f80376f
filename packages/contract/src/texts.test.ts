import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';
import { nearest, nearestNumber } from './nearest.ts';
import { normalizePythonName } from './python-name.ts';
import { formatSize, parseSize } from './size.ts';
import { formatSource, parseSource } from './source.ts';
import { parseWheelName, wheelMisfits } from './wheel-name.ts';

test.each([
  ['14GB', 14e9],
  ['5.6 GB', 5.6e9],
  ['300MB', 300e6],
  ['1kB', 1000],
  ['7B', 7],
  ['2TB', 2e12],
])('%s are %i bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', '14', 'GB', '14gb', '14GiB', '-1GB', '0GB', '0.1B', '1e3GB', '14GB '])(
  '%j is no size',
  (text) => {
    expect(parseSize(text)).toBeUndefined();
  },
);

test.each([
  [14e9, '14GB'],
  [5_612_345_678, '5.6GB'],
  [300e6, '300MB'],
  [0, '0B'],
  [999, '999B'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

test.each([
  ['2m', 120_000],
  ['1.5h', 5_400_000],
  ['90 s', 90_000],
  ['500ms', 500],
])('%s are %i milliseconds', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(['', '2', 'm', '-2m', '0s', '2 minutes', '2m 3s'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('an age may be 0', () => {
  expect(parseDuration('0h', { zero: true })).toBe(0);
  expect(parseDuration('0', { zero: true })).toBeUndefined();
});

test.each([
  ['.', { kind: 'folder', path: '.' }],
  ['examples/digits', { kind: 'folder', path: 'examples/digits' }],
  ['https://github.com/a/b.git#v1', { kind: 'git', url: 'https://github.com/a/b.git', ref: 'v1' }],
  ['ssh://git@host:22/a/b#feature/x', { kind: 'git', url: 'ssh://git@host:22/a/b', ref: 'feature/x' }],
  ['git@github.com:a/b.git#main', { kind: 'git', url: 'git@github.com:a/b.git', ref: 'main' }],
] as const)('%s is a source', (text, source) => {
  expect(parseSource(text)).toEqual(source);
  expect(formatSource(source)).toBe(text);
});

test.each([
  '',
  '..',
  '../a',
  'a/../b',
  '/a',
  'a b',
  'a//b',
  'a;b',
  'https://github.com/a/b.git',
  'https://github.com/a/b.git#',
  'https://github.com/a/b.git#-x',
  'https://github.com/a/b.git#a..b',
  'https://me:secret@github.com/a/b.git#main',
  'http://github.com/a/b.git#main',
  'file:///a#main',
])('%j is no source', (text) => {
  expect(parseSource(text)).toBeUndefined();
});

test('the spellings of a distribution have one name', () => {
  expect(['Foo.Bar', 'foo_bar', 'FOO-_-bar', 'foo--bar'].map(normalizePythonName)).toEqual(
    Array(4).fill('foo-bar'),
  );
});

test.each([
  ['amper', 'ampere'],
  ['Ampere', 'ampere'],
  ['hoper', 'hopper'],
  ['volta', undefined],
  ['', undefined],
])('for %j the nearest architecture is %j', (word, expected) => {
  expect(nearest(word, ['ampere', 'hopper', 'blackwell'])).toBe(expected);
});

test('numbers are near by value', () => {
  expect(nearestNumber('9.9', ['9.0', '10.0', '19.9'])).toBe('10.0');
  expect(nearest('a', [])).toBeUndefined();
});

const official =
  'https://example.org/flash_attn-2.7.4.post1%2Bcu12torch2.6cxx11abiFALSE-cp312-cp312-linux_x86_64.whl';

test("a wheel's name says what it is for", () => {
  expect(parseWheelName(official)).toEqual({
    file: 'flash_attn-2.7.4.post1+cu12torch2.6cxx11abiFALSE-cp312-cp312-linux_x86_64.whl',
    distribution: 'flash_attn',
    version: '2.7.4.post1',
    local: 'cu12torch2.6cxx11abiFALSE',
    python: 'cp312',
    abi: 'cp312',
    platform: 'linux_x86_64',
  });
  expect(parseWheelName('a-1.0-1build-py3-none-any.whl')).toMatchObject({ version: '1.0', python: 'py3' });
  expect(parseWheelName('a-1.0.tar.gz')).toBeUndefined();
  expect(parseWheelName('a-1.0-any.whl')).toBeUndefined();
});

test.each([
  [
    official,
    { python: '3.12', torch: '2.6.0', cuda: '12.4', cxx11Abi: false, platforms: ['linux/amd64'] },
    [],
  ],
  [official, { python: '3.13' }, ['it is for Python 3.12, not 3.13']],
  [official, { lowestPython: '3.11' }, []],
  [official, { torch: '2.7.1', cuda: '13.0' }, ['it is for torch 2.6, not 2.7', 'it is for CUDA 12, not 13']],
  [official, { platforms: ['linux/arm64'] }, ['it is for linux_x86_64, not linux/arm64']],
  [
    'torch-2.8.0+cu128-cp312-cp312-win_amd64.whl',
    { platforms: ['linux/amd64'] },
    ['it is for win_amd64, not linux/amd64'],
  ],
  [
    'torch-2.8.0+cu128-cp312-cp312-manylinux_2_28_x86_64.whl',
    { cuda: '12.6' },
    ['it is for CUDA 12.8, not 12.6'],
  ],
  ['flash_attn_3-3.0.0b1-cp39-abi3-linux_x86_64.whl', { python: '3.12', version: '3.0.0b1' }, []],
  [
    'a-1.0-py3-none-any.whl',
    { python: '3.12', torch: '2.8.0', cuda: '12.8', platforms: ['linux/arm64'] },
    [],
  ],
])('%s for %j: %j', (name, target, reasons) => {
  const wheel = parseWheelName(name);
  expect(wheel && wheelMisfits(wheel, target)).toEqual(reasons);
});
