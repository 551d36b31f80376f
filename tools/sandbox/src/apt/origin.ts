import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../files.ts';
import { parseDeb822, parseOneLine, type Source } from './sources.ts';

/** Where this machine's packages come from. */
export interface Origin {
  distribution: 'debian' | 'ubuntu';
  /** The suite this machine was installed from, such as `bookworm`. */
  own: string;
  /** The machine's own entries for that suite: updates and security as well, third parties not. */
  ownSources: Source[];
  /** A Debian mirror: the machine's own on Debian. */
  mirror: string;
  security: string;
}

export const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Reads `/etc/os-release` and the machine's apt sources. Undefined where neither Debian nor Ubuntu is found. */
export function readOrigin(etc = '/etc'): Origin | undefined {
  return findOrigin(readText(join(etc, 'os-release')), readSources(join(etc, 'apt')));
}

/** Pure: from the content of `os-release` and all apt entries. */
export function findOrigin(osRelease: string, sources: readonly Source[]): Origin | undefined {
  const about = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1];
  const distribution = about('ID');
  if (distribution !== 'debian' && distribution !== 'ubuntu') return undefined;
  // Debian's unstable has no code name.
  const own = about('VERSION_CODENAME') ?? 'sid';
  const ownSources = sources
    .map((source) => ({
      ...source,
      suites: source.suites.filter((suite) => suite === own || suite.startsWith(`${own}-`)),
    }))
    .map((source) => ({
      ...source,
      suites: source.suites.filter((suite) => !/-(backports|proposed)/.test(suite)),
    }))
    .filter((source) => source.suites.length > 0 && source.components.includes('main'));
  const uriOf = (suite: string) => ownSources.find((source) => source.suites.includes(suite))?.uri;
  const debian = distribution === 'debian';
  return {
    distribution,
    own,
    ownSources: uriOf(own) === undefined && debian ? [defaultSource(own)] : ownSources,
    mirror: (debian && uriOf(own)) || 'http://deb.debian.org/debian',
    security: (debian && uriOf(`${own}-security`)) || 'http://deb.debian.org/debian-security',
  };
}

function defaultSource(suite: string): Source {
  return {
    uri: 'http://deb.debian.org/debian',
    suites: [suite, `${suite}-updates`],
    components: ['main'],
    signedBy: debianKeyring,
  };
}

function readSources(folder: string): Source[] {
  const parts = join(folder, 'sources.list.d');
  const names = existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : [];
  return [
    ...names.filter((name) => name.endsWith('.sources')).flatMap((name) => parseDeb822(readText(name))),
    ...[join(folder, 'sources.list'), ...names.filter((name) => name.endsWith('.list'))].flatMap((name) =>
      parseOneLine(readText(name)),
    ),
  ];
}
