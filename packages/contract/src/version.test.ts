import { expect, test } from 'vitest';
import { Failure } from './problem.ts';
import { compareVersions, formatVersion, fromPep440, parseVersion, toPep440 } from './version.ts';

test.each([
  ['v0.1.1', '0.1.1', { major: 0, minor: 1, patch: 1, rc: null }],
  ['v0.1.1-rc7', '0.1.1rc7', { major: 0, minor: 1, patch: 1, rc: 7 }],
  ['v10.20.30-rc40', '10.20.30rc40', { major: 10, minor: 20, patch: 30, rc: 40 }],
])('%s is %s in Python', (tag, pep440, version) => {
  expect(parseVersion(tag)).toEqual(version);
  expect(formatVersion(version)).toBe(tag);
  expect(toPep440(version)).toBe(pep440);
  expect(fromPep440(pep440)).toEqual(version);
});

test.each([
  '',
  '0.1.1',
  'v0.1',
  'v0.1.1.1',
  'v00.1.1',
  'v0.01.1',
  'v0.1.1rc7',
  'v0.1.1-rc',
  'v0.1.1-rc0',
  'v0.1.1-rc07',
  'v0.1.1-beta1',
  'v0.1.1+cu126',
  ' v0.1.1',
  'v0.1.1\n',
  'V0.1.1',
  'v99999999999999999999.0.0',
])('%j is no version', (text) => {
  expect(() => parseVersion(text)).toThrow(
    new Failure({
      code: 'version-malformed',
      message: `version "${text}" is not of the form vX.Y.Z or vX.Y.Z-rcN`,
      remedy: 'Give a version such as v0.1.1 or v0.1.1-rc7.',
    }),
  );
});

test.each([
  ['0.1.1.rc7', 'v0.1.1-rc7'],
  ['0.1.1-c7', 'v0.1.1-rc7'],
  ['v0.1.1', 'v0.1.1'],
  ['0.1.1RC7', 'v0.1.1-rc7'],
])('%s of Python is %s', (pep440, tag) => {
  expect(formatVersion(fromPep440(pep440))).toBe(tag);
});

test.each([
  '0.1',
  '1!0.1.1',
  '0.1.1.1',
  '0.1.1a1',
  '0.1.1.post1',
  '0.1.1.dev3',
  '0.1.1+local',
  'x',
  '0.1.1rc0',
])('%s of Python has no version here', (text) => {
  expect(() => fromPep440(text)).toThrow(`error[version-malformed] version "${text}" is not of the form`);
});

test('versions are ordered by numbers, and a stable one follows its candidates', () => {
  const ordered = [
    'v0.1.1-rc2',
    'v0.1.1-rc9',
    'v0.1.1-rc10',
    'v0.1.1',
    'v0.1.9',
    'v0.1.10',
    'v0.2.0-rc1',
    'v1.0.0',
  ];
  const shuffled = ordered.toReversed().map(parseVersion);
  expect(shuffled.sort(compareVersions).map(formatVersion)).toEqual(ordered);
  expect(compareVersions(parseVersion('v1.2.3'), parseVersion('v1.2.3'))).toBe(0);
});
