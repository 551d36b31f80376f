import { expect, test } from 'vitest';
import { formatDeb822, parseDeb822, parseOneLine } from './sources.ts';

test('deb822: comments inside a stanza, several values, continuation lines', () => {
  const text = `Types: deb deb-src
# http://snapshot.debian.org/archive/debian/20250520T000000Z
URIs: http://deb.debian.org/debian/
Suites: bookworm bookworm-updates
Components: main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
`;
  expect(parseDeb822(text)).toEqual([
    {
      uri: 'http://deb.debian.org/debian',
      suites: ['bookworm', 'bookworm-updates'],
      components: ['main', 'contrib'],
      signedBy: '/usr/share/keyrings/debian-archive-keyring.gpg',
    },
  ]);
});

test('deb822: a key in the stanza itself is not taken for a path', () => {
  const text = `Types: deb
URIs: http://a.example
Suites: x
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
`;
  expect(parseDeb822(text)).toEqual([{ uri: 'http://a.example', suites: ['x'], components: ['main'] }]);
});

test('one line an entry', () => {
  const text = `# deb http://commented.example bookworm main
deb http://deb.debian.org/debian bookworm main contrib # the mirror
deb [arch=amd64 signed-by=/etc/apt/keyrings/a.gpg] https://a.example/debian/ bookworm-updates main
deb-src http://deb.debian.org/debian bookworm main
`;
  expect(parseOneLine(text)).toEqual([
    { uri: 'http://deb.debian.org/debian', suites: ['bookworm'], components: ['main', 'contrib'] },
    {
      uri: 'https://a.example/debian',
      suites: ['bookworm-updates'],
      components: ['main'],
      signedBy: '/etc/apt/keyrings/a.gpg',
    },
  ]);
});

test('what is written is read again', () => {
  const sources = [
    { uri: 'http://a.example', suites: ['forky'], components: ['main'], signedBy: '/k.gpg' },
    { uri: 'http://b.example', suites: ['x', 'y'], components: ['main', 'contrib'] },
  ];
  expect(parseDeb822(formatDeb822(sources, ['Targets: Packages']))).toEqual(sources);
});
