import { readFileSync } from 'node:fs';
import { Failure, readToml } from '@slipway/contract';
import pRetry, { AbortError } from 'p-retry';
import { packageSettings } from './package-settings.ts';

/** A release of a package as an index lists it. */
export interface IndexedRelease {
  /** PEP 440. */
  version: string;
  files: string[];
  /** Whether all of its files were withdrawn. */
  yanked: boolean;
}

/** A known vulnerability of one release. */
export interface Advisory {
  /** Such as `PYSEC-2021-42` or `GHSA-...`. */
  id: string;
  /** Versions in which it is mended; empty: none is known. */
  fixedIn: string[];
  summary: string;
}

/** The part of a Python package index that Slipway asks. */
export interface PackageIndex {
  /** Its address, without the log-in that may be part of it. */
  url: string;
  /** Every release of a package, in no particular order; undefined when the index has no such package. */
  releases(name: string): Promise<IndexedRelease[] | undefined>;
  /** What is known of one release; undefined where the index tells nothing about it. */
  advisories(name: string, version: string): Promise<Advisory[] | undefined>;
}

const publicIndex = 'https://pypi.org/simple';

/**
 * Opens the package index that uv or pip of this machine would use: the variables of either, then their files, then the
 * public one. Releases are asked for as PEP 691 says, advisories at the address that PyPI has them at
 * (https://docs.pypi.org/api/json/), beside `simple`.
 * @throws Failure `index-unreachable`, also from its functions.
 */
export function openPackageIndex(configured?: string, timeoutMs = 20_000): PackageIndex {
  const at = addressOf(configured === undefined ? configuredIndex() : { address: configured, from: 'it' });
  // fetch takes no log-in in an address, and no message should show one.
  const { username, password } = at;
  at.username = '';
  at.password = '';
  const login = username === '' ? undefined : basic(username, password);
  const ask = (path: string, accept: string) =>
    pRetry(
      () => askOnce(new URL(path, at), { Accept: accept, ...(login && { Authorization: login }) }, timeoutMs),
      {
        retries: 2,
        minTimeout: 300,
      },
    );
  return {
    url: at.href,
    async releases(name) {
      const text = await ask(`${name}/`, 'application/vnd.pypi.simple.v1+json');
      if (text === undefined) return undefined;
      return releasesOf(readJson(text, new URL(`${name}/`, at)) as SimplePage);
    },
    async advisories(name, version) {
      const text = await ask(`../pypi/${name}/${encodeURIComponent(version)}/json`, 'application/json');
      if (text === undefined) return undefined;
      const found = (readJson(text, at) as { vulnerabilities?: Vulnerability[] }).vulnerabilities;
      return found
        ?.filter(({ withdrawn }) => !withdrawn)
        .map(({ id, fixed_in, summary, details }) => ({
          id,
          fixedIn: fixed_in ?? [],
          summary: firstSentence(summary ?? details ?? ''),
        }));
    },
  };
}

/** @throws Failure `index-unreachable` for what is no address of the web. */
function addressOf({ address, from }: ConfiguredIndex): URL {
  // uv takes a name in front of it: `internal=https://...`.
  const bare = address.trim().replace(/^[\w.-]+=(?=https?:)/, '');
  const text = bare.endsWith('/') ? bare : `${bare}/`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new Failure({
    code: 'index-unreachable',
    // What stands before an @ may be a log-in.
    message: `${from} names the package index "${address.replace(/^.*@/, '...@')}", which is no address that begins with https:// or http://`,
    remedy: `set ${from} to the address of an index, such as ${publicIndex}`,
  });
}

/** Of a log-in as an address spells it. */
const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;

/** The first line of a text, and no more of it than one reads. */
export const firstSentence = (text: string): string => {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line.length > 120 ? `${line.slice(0, 117)}...` : line;
};

/** As PEP 691 and 700 have it. */
interface SimplePage {
  files?: { filename: string; yanked?: boolean | string }[];
}

/** As PyPI's JSON has it. */
interface Vulnerability {
  id: string;
  fixed_in?: string[];
  summary?: string | null;
  details?: string | null;
  withdrawn?: string | null;
}

function releasesOf({ files = [] }: SimplePage): IndexedRelease[] {
  const releases = new Map<string, IndexedRelease>();
  for (const { filename, yanked } of files) {
    // Of a wheel the second part; of a source distribution what is behind the last hyphen.
    const version = filename.endsWith('.whl')
      ? filename.split('-')[1]
      : /-([^-]+?)\.(?:tar\.gz|zip|tar\.bz2)$/.exec(filename)?.[1];
    if (version === undefined) continue;
    const release = releases.get(version) ?? { version, files: [], yanked: true };
    release.files.push(filename);
    release.yanked &&= yanked !== undefined && yanked !== false;
    releases.set(version, release);
  }
  return [...releases.values()];
}

/** @returns undefined for what is not there. */
async function askOnce(
  url: URL,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
    const text = await answer.text();
    if (answer.status === 404) return undefined;
    if (answer.ok) return text;
    const failure = unreachable(url, `HTTP ${answer.status}`);
    throw answer.status < 500 && answer.status !== 429 ? new AbortError(failure) : failure;
  } catch (error) {
    if (error instanceof Failure || error instanceof AbortError) throw error;
    const { cause, message } = error as { cause?: { code?: string }; message: string };
    throw unreachable(url, cause?.code ?? message);
  }
}

function readJson(text: string, url: URL): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreachable(url, 'it answers with something else than JSON, which PEP 691 asks for');
  }
}

function unreachable(url: URL, why: string): Failure {
  return new Failure({
    code: 'index-unreachable',
    message: `${url.href} cannot be read (${why})`,
    remedy: 'look which package index uv or pip are set up with here (UV_DEFAULT_INDEX, uv.toml, pip.conf)',
  });
}

interface ConfiguredIndex {
  /** With its log-in where one is written there. */
  address: string;
  /** The variable or file that names it. */
  from: string;
}

/** The main index of uv or pip. */
function configuredIndex(): ConfiguredIndex {
  const { env } = process;
  const files = packageSettings();
  const uv = files.uv && readFileSync(files.uv, 'utf8');
  const pip = files.pip && readFileSync(files.pip, 'utf8');
  const candidates: [string, string | undefined][] = [
    ['UV_DEFAULT_INDEX', env.UV_DEFAULT_INDEX],
    ['UV_INDEX_URL', env.UV_INDEX_URL],
    [files.uv ?? '', uv ? uvIndex(uv) : undefined],
    ['PIP_INDEX_URL', env.PIP_INDEX_URL],
    [files.pip ?? '', pip ? /^\s*index[-_]url\s*[=:]\s*(\S+)/m.exec(pip)?.[1] : undefined],
  ];
  for (const [from, address] of candidates) if (address) return { address, from };
  return { address: publicIndex, from: 'nothing' };
}

function uvIndex(text: string): string | undefined {
  const { index = [], 'index-url': url } = readToml(text) as {
    index?: { url?: string; default?: boolean }[];
    'index-url'?: string;
  };
  return index.find((each) => each.default)?.url ?? url;
}
