import { compare, explain, valid } from '@renovatebot/pep440';
import {
  type Architecture,
  compareNumbers,
  coverage,
  cudaReleases,
  type TorchRelease,
  torchReleases,
} from '@slipway/contract';
import type { Advisory, IndexedRelease } from '@slipway/effects';

/** Everything that is held against the definition, read beforehand. */
export interface OutdatedFacts {
  architectures: readonly Architecture[];
  /** Of each architecture what its lock holds. */
  locked: Readonly<Record<string, readonly { name: string; version: string }[]>>;
  /** What the index has of a package; a text: why that is not known. */
  releases: Readonly<Record<'torch' | 'flash-attn', readonly IndexedRelease[] | string>>;
  os: {
    name: string;
    /** By the lock. */
    locked: string | null;
    /** What its tag is at now. */
    current: string | null;
    /** Why that is not known. */
    why: string | null;
  };
  /** `<name> <version>` -> what is known of it; absent: nobody tells. */
  advisories: Readonly<Record<string, readonly Advisory[] | undefined>>;
  /** Where advisories were looked for. */
  advisorySource: string;
}

/** Something that is older than it could be, or not good any more. */
export interface Finding {
  kind: 'deprecated' | 'vulnerability' | 'torch' | 'cuda' | 'flash-attention' | 'os' | 'not-known';
  /** Whom it concerns; empty: all. */
  architectures: string[];
  what: string;
  /** What to do: an order or a command. */
  remedy: string;
}

/** What is outdated, the most urgent first; what is the same for several architectures is told once. */
export function findOutdated(facts: OutdatedFacts): Finding[] {
  const { architectures } = facts;
  return together([
    ...architectures.flatMap(deprecated),
    ...architectures.flatMap((each) => vulnerable(each, facts)),
    ...osImage(facts.os),
    ...architectures.flatMap((each) => newerTorch(each, facts.releases.torch)),
    ...architectures.flatMap(newerCuda),
    ...architectures.flatMap((each) => newerFlashAttention(each, facts.releases['flash-attn'])),
    ...notKnown(facts),
  ]);
}

/** One finding in one line. */
export const describeFinding = ({ architectures, what, remedy }: Finding): string =>
  `${architectures.length > 0 ? `${architectures.join(', ')}: ` : ''}${what} -> ${remedy}`;

function deprecated({ name, deprecated: why }: Architecture): Finding[] {
  if (why === null) return [];
  return [
    {
      kind: 'deprecated',
      architectures: [name],
      what: `deprecated: ${why}`,
      remedy: 'move its runs to another architecture, then delete the folder',
    },
  ];
}

function vulnerable({ name }: Architecture, { locked, advisories }: OutdatedFacts): Finding[] {
  return (locked[name] ?? []).flatMap((each) =>
    (advisories[`${each.name} ${each.version}`] ?? []).map(({ id, fixedIn, summary }): Finding => {
      // Those that mend it in an older series are no way forward.
      const mended = fixedIn
        .filter((version) => valid(version) && compare(version, each.version) > 0)
        .toSorted(compare)[0];
      return {
        kind: 'vulnerability',
        architectures: [name],
        what: `${each.name} ${each.version} has ${id}${summary ? ` (${summary})` : ''}`,
        remedy:
          mended === undefined
            ? 'no version mends it yet: look whether what it concerns is used'
            : `take ${mended} or later: npx nx run base-images:lock --upgrade, or ask for "${each.name}>=${mended}" in pyproject.toml`,
      };
    }),
  );
}

function osImage({ name, locked, current }: OutdatedFacts['os']): Finding[] {
  if (locked === null || current === null || locked === current) return [];
  return [
    {
      kind: 'os',
      architectures: [],
      what: `${name} is ${current.slice(0, 19)} now, ${locked.slice(0, 19)} is locked`,
      remedy: 'npx nx run base-images:lock --upgrade, then build the bases',
    },
  ];
}

function newerTorch(
  { name, torch, cuda, computeCapabilities, python, file }: Architecture,
  releases: OutdatedFacts['releases']['torch'],
): Finding[] {
  if (torch === null || typeof releases === 'string') return [];
  const tag = `cp${python.replace('.', '')}-`;
  const newer = newerFinals(releases, torch.version).filter(({ files }) =>
    files.some((each) => each.includes(`-${tag}`) && /linux.*x86_64\.whl$/.test(each)),
  );
  const [newest] = newer;
  if (newest === undefined) return [];
  const versions = newer.map(({ version }) => version);
  const fits = torchReleases.filter(({ version, registryCuda, builds }) => {
    const covered = computeCapabilities.every((each) => coverage(builds[registryCuda] ?? [], each));
    return versions.includes(version) && covered;
  });
  const best = fits.toSorted((a, b) => compare(b.version, a.version))[0];
  const unknown = torchReleases.every(({ version }) => version !== newest.version);
  const facts = unknown
    ? `; of ${newest.version} Slipway has no facts yet: packages/contract/src/facts/torch.ts`
    : '';
  const remedy =
    best === undefined
      ? `none that Slipway knows runs on ${computeCapabilities.join(', ')} from the package index: stay, or name exact wheels in ${file}`
      : `set version = "${best.version}" in [torch]${best.registryCuda === cuda ? '' : ` and cuda = "${best.registryCuda}"`} in ${file}, then npx nx run base-${name}:lock`;
  return [
    {
      kind: 'torch',
      architectures: [name],
      what: `torch ${torch.version}; ${newest.version} is out`,
      remedy: `${remedy}${facts}`,
    },
  ];
}

function newerCuda({ name, torch, cuda, computeCapabilities, file }: Architecture): Finding[] {
  if (cuda === null || torch === null) return [];
  const carries = ({ version, builds }: TorchRelease, release: string) =>
    compare(version, torch.version) >= 0 &&
    computeCapabilities.every((each) => coverage(builds[release] ?? [], each));
  const newest = cudaReleases
    .filter(({ version }) => compareNumbers(version, cuda) > 0)
    .filter(({ version }) => torchReleases.some((release) => carries(release, version)))
    .toSorted((a, b) => compareNumbers(b.version, a.version))[0];
  if (newest === undefined) return [];
  const by = torchReleases.filter((release) => carries(release, newest.version)).at(-1);
  const wheels =
    by?.registryCuda === newest.version ? '' : ', whose wheels have to be named in [torch] wheels';
  return [
    {
      kind: 'cuda',
      architectures: [name],
      what: `CUDA ${cuda}; ${newest.version} is out, and torch ${by?.version} has code for its GPUs with it (driver ${newest.minimumDriver} or newer)`,
      remedy: `set cuda = "${newest.version}" in ${file}, with that torch${wheels}`,
    },
  ];
}

function newerFlashAttention(
  { name, flashAttention, file }: Architecture,
  releases: OutdatedFacts['releases']['flash-attn'],
): Finding[] {
  if (flashAttention === null || typeof releases === 'string') return [];
  const major = explain(flashAttention.version)?.release[0];
  const [newest] = newerFinals(releases, flashAttention.version).filter(
    ({ version }) => explain(version)?.release[0] === major,
  );
  if (newest === undefined) return [];
  const from =
    flashAttention.from === 'build' ? 'it is compiled, which takes hours' : 'name its wheel in from';
  return [
    {
      kind: 'flash-attention',
      architectures: [name],
      what: `flash-attention ${flashAttention.version}; ${newest.version} is out`,
      remedy: `set version = "${newest.version}" in [flash_attention] in ${file} (${from}), then npx nx run base-${name}:lock`,
    },
  ];
}

/** Final releases above a version that were not withdrawn, the highest first. */
function newerFinals(releases: readonly IndexedRelease[], version: string): IndexedRelease[] {
  const isFinal = (each: string) => {
    const parsed = explain(each);
    return parsed !== null && !parsed.is_prerelease && !parsed.is_devrelease && !parsed.local?.length;
  };
  const own = version.replace(/\+.*/, '');
  return releases
    .filter((each) => !each.yanked && isFinal(each.version) && compare(each.version, own) > 0)
    .toSorted((a, b) => compare(b.version, a.version));
}

function notKnown({
  architectures,
  locked,
  releases,
  os,
  advisories,
  advisorySource,
}: OutdatedFacts): Finding[] {
  const found: Finding[] = [];
  const say = (what: string, remedy: string) =>
    found.push({ kind: 'not-known', architectures: [], what, remedy });
  for (const [name, known] of Object.entries(releases)) {
    if (typeof known === 'string')
      say(`whether there is a newer ${name}: ${known}`, 'look at the package index by hand');
  }
  if (os.why !== null) say(`whether ${os.name} is new: ${os.why}`, 'call it where its registry can be asked');
  const all = new Set(
    architectures.flatMap(({ name }) => (locked[name] ?? []).map((each) => `${each.name} ${each.version}`)),
  );
  const silent = [...all].filter((each) => advisories[each] === undefined);
  if (silent.length > 0) {
    say(
      `whether ${silent.length} of ${all.size} packages have known vulnerabilities: ${advisorySource} tells nothing about them (${silent.slice(0, 3).join(', ')}${silent.length > 3 ? ', ...' : ''})`,
      'name a folder with OSV records, such as a clone of https://github.com/pypa/advisory-database: --advisories=FOLDER',
    );
  }
  return found;
}

/** The same said of several architectures, but for their names, is said once. */
function together(findings: readonly Finding[]): Finding[] {
  const generic = ({ architectures: [name = ''], kind, what, remedy }: Finding) =>
    JSON.stringify([
      kind,
      what,
      name === ''
        ? remedy
        : remedy.replaceAll(`/${name}/`, '/<name>/').replaceAll(`base-${name}:`, 'base-<name>:'),
    ]);
  return [...Map.groupBy(findings, generic).values()].map((same) => {
    const [first] = same as [Finding, ...Finding[]];
    const architectures = [...new Set(same.flatMap((each) => each.architectures))];
    if (architectures.length < 2) return first;
    const [, , remedy] = JSON.parse(generic(first)) as [string, string, string];
    return { ...first, architectures, remedy };
  });
}
