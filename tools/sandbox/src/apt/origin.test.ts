import { expect, test } from 'vitest';
import { findOrigin } from './origin.ts';

const bookworm = 'ID=debian\nVERSION_CODENAME=bookworm\n';
const main = ['main'];

test('the mirror and the security archive are the ones of this machine', () => {
  const sources = [
    { uri: 'http://mirror.example/debian', suites: ['bookworm', 'bookworm-updates'], components: main },
    { uri: 'http://mirror.example/security', suites: ['bookworm-security'], components: main },
  ];
  expect(findOrigin(bookworm, sources)).toEqual({
    distribution: 'debian',
    own: 'bookworm',
    ownSources: sources,
    mirror: 'http://mirror.example/debian',
    security: 'http://mirror.example/security',
  });
});

test('third parties and backports are left out', () => {
  const sources = [
    { uri: 'https://deb.nodesource.com/node_20.x', suites: ['nodistro'], components: main },
    { uri: 'https://download.docker.com/linux/debian', suites: ['bookworm'], components: ['stable'] },
    { uri: 'http://mirror.example/debian', suites: ['bookworm', 'bookworm-backports'], components: main },
  ];
  expect(findOrigin(bookworm, sources)?.ownSources).toEqual([
    { uri: 'http://mirror.example/debian', suites: ['bookworm'], components: main },
  ]);
});

test('a Debian without entries gets the default mirror', () => {
  const origin = findOrigin('ID=debian\nVERSION_CODENAME="trixie"\n', []);
  expect(origin?.mirror).toBe('http://deb.debian.org/debian');
  expect(origin?.ownSources[0]?.suites).toEqual(['trixie', 'trixie-updates']);
});

test("Ubuntu keeps its own entries for its own suite and takes Debian's mirror for Debian's", () => {
  const own = {
    uri: 'http://archive.ubuntu.com/ubuntu',
    suites: ['noble'],
    components: ['main', 'universe'],
  };
  const origin = findOrigin('ID=ubuntu\nVERSION_CODENAME=noble\n', [own]);
  expect(origin).toMatchObject({ own: 'noble', ownSources: [own], mirror: 'http://deb.debian.org/debian' });
});

test('other distributions have none', () => {
  expect(findOrigin('ID=fedora\n', [])).toBeUndefined();
  expect(findOrigin('', [])).toBeUndefined();
});
