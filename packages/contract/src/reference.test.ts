import { expect, test } from 'vitest';
import {
  formatReference,
  isRepository,
  isTag,
  parseReference,
  registryApiHost,
  requireReference,
} from './reference.ts';

const digest = `sha256:${'0a'.repeat(32)}`;

test.each([
  ['ubuntu', 'docker.io', 'library/ubuntu', null, null],
  ['ubuntu:24.04', 'docker.io', 'library/ubuntu', '24.04', null],
  ['polli-labs/linnaeus:dev', 'docker.io', 'polli-labs/linnaeus', 'dev', null],
  [`a/b@${digest}`, 'docker.io', 'a/b', null, digest],
  [`a/b:c@${digest}`, 'docker.io', 'a/b', 'c', digest],
  ['localhost/a:1', 'localhost', 'a', '1', null],
  ['localhost:5000/a/b/c', 'localhost:5000', 'a/b/c', null, null],
  ['[::1]:5000/a', '[::1]:5000', 'a', null, null],
  ['ghcr.io/acme/x__y-z.w:v0.1.1-rc7', 'ghcr.io', 'acme/x__y-z.w', 'v0.1.1-rc7', null],
])('%s is read and written', (text, registry, repository, tag, digestOf) => {
  const reference = { registry, repository, tag, digest: digestOf };
  expect(parseReference(text)).toEqual(reference);
  expect(formatReference(reference)).toBe(text);
});

test.each([
  ['docker.io/library/ubuntu:24.04', 'ubuntu:24.04'],
  ['index.docker.io/acme/a', 'acme/a'],
  ['docker.io/ubuntu', 'ubuntu'],
])('%s means %s', (long, short) => {
  expect(parseReference(long)).toEqual(parseReference(short));
  expect(formatReference(parseReference(long))).toBe(short);
});

test.each([
  '',
  'Ubuntu',
  'ubuntu:',
  'ubuntu:-a',
  'a//b',
  '/a',
  'a/',
  'a_-b',
  'a b',
  'https://ghcr.io/a',
  'ghcr.io/',
  'a@sha256:12',
  `a@${digest}@${digest}`,
  `a:${'x'.repeat(129)}`,
  'x'.repeat(256),
])('%j is no reference', (text) => {
  expect(() => parseReference(text)).toThrow(
    `error[reference-malformed] "${text}" is not an image reference\n  fix: Give [host[:port]/]repository[:tag][@sha256:...] in lower case, for example polli-labs/linnaeus:dev.`,
  );
});

test('one that a command was called with is a wrong call', () => {
  expect(() => requireReference('A/b')).toThrow('error[usage] "A/b" is not an image reference');
  expect(() => requireReference('a/b')).not.toThrow();
});

test('a repository has neither tag nor digest', () => {
  expect(['acme/a', 'localhost:5000/a'].every(isRepository)).toBe(true);
  expect(['acme/a:b', `acme/a@${digest}`, 'Acme/a', ''].some(isRepository)).toBe(false);
});

test('a tag follows the OCI distribution specification', () => {
  expect(['latest', '_x', 'v0.1.1-rc7', 'A.b', 'x'.repeat(128)].every(isTag)).toBe(true);
  expect(['', '.a', '-a', 'a/b', 'a:b', 'a b', 'a+b', 'x'.repeat(129)].some(isTag)).toBe(false);
});

test("Docker Hub's API has another host than its references", () => {
  expect(registryApiHost(parseReference('ubuntu').registry)).toBe('registry-1.docker.io');
  expect(registryApiHost(parseReference('localhost:5000/a').registry)).toBe('localhost:5000');
});
