import { compare, explain, valid } from '@renovatebot/pep440';
import {
  type Architecture,
  compareNumbers,
  coverage,
  cudaReleases,
  cudaSuffix,
  type TorchRelease,
  torchReleases,
} from '@slipway/contract';
import type { Advisory, IndexedRelease } from '@slipway/effects';

/** Everything that is held against the definition, read beforehand. */
export interface OutdatedFacts {
  architectures: readonly Architecture[];
  /** Of each architecture what its lock holds; one that has none is absent. */
  locked: Readonly<Record<string, readonly { name: string; version: string }[]>>;
  /** What the index has of a package; a text: why that is not known. */
  releases: Readonly<Record<'torch' | 'flash-attn', readonly IndexedRelease[] | string>>;
  os: {
    name: string;
    /** By the lock. */
    locked: string | null;
    /** What its tag is at now. */
    current: string | null;
    why: NotKnown | null;
  };
  /** `<name> <version>` -> what is known of it; absent: nobody tells. */
  advisories: Readonly<Record<string, readonly Advisory[] | undefined>>;
  /** Where advisories were looked for. */
  advisorySource: string;
  /** Of each architecture the vulnerable packages of its base's operating system; or why they are not known. */
  system: Readonly<Record<string, readonly SystemPackage[] | NotKnown>>;
}

/** Why something is not known, and what to do about it. */
export interface NotKnown {
  what: string;
  remedy: string;
}

/** A source package of Debian or Ubuntu, with what is known of it. */
export interface SystemPackage {
  name: string;
  version: string;
  advisories: readonly Advisory[];
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
    ...architectures.flatMap(({ name }) => vulnerableSystem(name, facts.system[name] ?? [])),
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

/** One line a package: distributions have many advisories of each. */
function vulnerableSystem(architecture: string, packages: OutdatedFacts['system'][string]): Finding[] {
  if (isNotKnown(packages)) return [];
  return packages.map(({ name, version, advisories }): Finding => {
    const ids = advisories.map(({ id }) => id).sort();
    const named = `${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ` and ${ids.length - 3} more` : ''}`;
    const mended = advisories.filter(({ fixedIn }) => fixedIn.length > 0);
    return {
      kind: 'vulnerability',
      architectures: [architecture],
      what: `the system's ${name} ${version} has ${named}`,
      remedy:
        mended.length === 0
          ? 'its distribution has not mended it yet: look whether what it concerns is used'
          : `${mended.length === ids.length ? 'all are' : `${mended.length} of ${ids.length} are`} mended in its distribution: take a newer OS image, npx nx run base-images:lock --upgrade, then build the bases`,
    };
  });
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

function newerTorch(architecture: Architecture, releases: OutdatedFacts['releases']['torch']): Finding[] {
  const { name, torch, cuda, computeCapabilities, python, file } = architecture;
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
      : `set ${best.registryCuda === cuda ? '' : `${newCuda(architecture, best.registryCuda)} and `}version = "${best.version}" in [torch], in ${file}${wheelsToo(architecture)}, then npx nx run base-${name}:lock`;
  return [
    {
      kind: 'torch',
      architectures: [name],
      what: `torch ${torch.version}; ${newest.version} is out`,
      remedy: `${remedy}${facts}`,
    },
  ];
}

/** The fields that change with the CUDA: a tag that tells it too. */
function newCuda({ tag, cuda }: Architecture, release: string): string {
  const renamed = cuda === null ? tag : tag.replace(cudaSuffix(cuda), cudaSuffix(release));
  return `cuda = "${release}"${renamed === tag ? '' : `, tag = "${renamed}"`}`;
}

/** What was made for the torch that is there now, and is named by its address. */
function wheelsToo({ torch, flashAttention }: Architecture): string {
  const named = [
    ...(torch && torch.wheels.length > 0 ? ['wheels in [torch]'] : []),
    ...(flashAttention && flashAttention.from !== 'build' ? ['from in [flash_attention]'] : []),
  ];
  return named.length === 0 ? '' : `, with wheels made for it as ${named.join(' and ')}`;
}

function newerCuda(architecture: Architecture): Finding[] {
  const { name, torch, cuda, computeCapabilities, file } = architecture;
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
  const version = by && by.version !== torch.version ? `version = "${by.version}"` : '';
  const wheels = by?.registryCuda === newest.version ? '' : 'the wheels of that build as wheels';
  const inTorch = [version, wheels].filter(Boolean).join(' and ');
  return [
    {
      kind: 'cuda',
      architectures: [name],
      what: `CUDA ${cuda}; ${newest.version} is out, and torch ${by?.version} has code for its GPUs with it (driver ${newest.minimumDriver} or newer)`,
      remedy: `set ${newCuda(architecture, newest.version)}${inTorch && ` and ${inTorch} in [torch]`}, in ${file}${wheels ? '' : wheelsToo(architecture)}, then npx nx run base-${name}:lock`,
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
  system,
}: OutdatedFacts): Finding[] {
  const found: Finding[] = [];
  const say = (what: string, remedy: string) =>
    found.push({ kind: 'not-known', architectures: [], what, remedy });
  for (const { name } of architectures.filter((each) => locked[each.name] === undefined)) {
    found.push({
      kind: 'not-known',
      architectures: [name],
      what: 'it has no lock: which packages it would hold, and whether they have known vulnerabilities, is not known',
      remedy: `npx nx run base-${name}:lock`,
    });
  }
  const wanted = {
    torch: architectures.some(({ torch }) => torch !== null),
    'flash-attn': architectures.some(({ flashAttention }) => flashAttention !== null),
  };
  for (const name of ['torch', 'flash-attn'] as const) {
    const known = releases[name];
    if (wanted[name] && typeof known === 'string')
      say(`whether there is a newer ${name}: ${known}`, 'look at the package index by hand');
  }
  if (os.why !== null) say(`whether there is a newer ${os.name}: ${os.why.what}`, os.why.remedy);
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
  for (const [name, why] of Object.entries(system)) {
    if (!isNotKnown(why)) continue;
    const what = `whether the packages of its operating system have known vulnerabilities: ${why.what}`;
    found.push({ kind: 'not-known', architectures: [name], what, remedy: why.remedy });
  }
  return found;
}

const isNotKnown = (known: OutdatedFacts['system'][string]): known is NotKnown => !Array.isArray(known);

/** The same said of several architectures, but for their names, is said once. */
function together(findings: readonly Finding[]): Finding[] {
  const generic = ({ architectures: [name = ''], kind, what, remedy }: Finding) =>
    JSON.stringify([
      kind,
      what,
      name === ''
        ? remedy
        : remedy
            .replaceAll(`/${name}/`, '/<name>/')
            .replaceAll(`base-${name}:`, 'base-<name>:')
            .replaceAll(`tag = "${name}-`, 'tag = "<name>-'),
    ]);
  return [...Map.groupBy(findings, generic).values()].map((same) => {
    const [first] = same as [Finding, ...Finding[]];
    const architectures = [...new Set(same.flatMap((each) => each.architectures))];
    if (architectures.length < 2) return first;
    const [, , remedy] = JSON.parse(generic(first)) as [string, string, string];
    return { ...first, architectures, remedy };
  });
}
