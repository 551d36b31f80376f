import { compareVersions, parseVersion } from '@slipway/contract';
import { noteUnreferenced } from './prune-age.ts';
import { type Held, type HeldRepository, tagsByDigest } from './prune-facts.ts';
import { findLive, type Live } from './prune-live.ts';

/** What may go. */
export interface PrunePolicy {
  now: Date;
  /** Milliseconds that nothing must have referred to it. */
  olderThanMs: number;
  /** How many of the newest images that nothing refers to stay all the same, of each architecture. */
  keep: number;
  /** Whether candidates go too, once their stable version is published. */
  candidates: boolean;
}

/** One manifest that goes, with all tags that point at it. */
export interface Deletion {
  repository: string;
  digest: string;
  tags: string[];
  /** ISO 8601: since when nothing refers to it. */
  since: string;
  /** Compressed bytes that nothing else in these repositories has. */
  bytes: number;
}

/** What will be deleted, in this order, and what stays. Complete: executing adds nothing to it. */
export interface PrunePlan {
  deletions: Deletion[];
  /** Compressed bytes of the layers that nothing else in these repositories has, together. */
  freedBytes: number;
  /** Versions among them. */
  candidates: string[];
  /** What would go besides if nothing had referred to it for long enough, and the bytes that it would free. */
  later: { count: number; bytes: number };
  kept: {
    /** Manifests that something refers to. */
    live: number;
    /** Nothing refers to them, but not for long enough. */
    young: number;
    /** Old enough, but the newest of their kind, or what these need. */
    newest: number;
  };
  /** Repository -> what is to be noted there: digest -> since when nothing refers to it. */
  notes: Record<string, Record<string, string>>;
}

/** Plans what goes, from what the registry holds. Equal arguments give equal plans. */
export function planPrune(held: Held, policy: PrunePolicy): PrunePlan {
  const superseded = supersededCandidates(held);
  // Whether or not candidates go this time: their time runs from now on.
  const notes = noteUnreferenced(held, findLive(held, { except: new Set(superseded) }), policy.now);
  const { gone, candidates, ...kept } = chooseWhole(held, policy, notes, superseded);
  const all = chooseWhole(held, { ...policy, olderThanMs: 0 }, notes, superseded).gone;
  const plan = withBytes(held, gone);
  const later = { count: all.length - gone.length, bytes: withBytes(held, all).freedBytes - plan.freedBytes };
  return { ...plan, candidates, later, kept, notes };
}

/** What goes, with those candidates that do: a candidate goes whole or not at all. */
function chooseWhole(
  held: Held,
  policy: PrunePolicy,
  notes: PrunePlan['notes'],
  superseded: readonly string[],
): ReturnType<typeof choose> & Pick<PrunePlan, 'candidates'> {
  const expired = new Set(policy.candidates ? superseded.slice(policy.keep) : []);
  for (;;) {
    const found = choose(held, policy, notes, expired);
    const goes = new Set(found.gone.map(({ repository, digest }) => `${repository} ${digest}`));
    const stays = [...expired].filter((version) => partsOf(held, version).some((part) => !goes.has(part)));
    if (stays.length === 0) return { ...found, candidates: [...expired] };
    for (const version of stays) expired.delete(version);
  }
}

/** What goes when some candidates keep nothing, and how many manifests stay for which reason. */
function choose(
  held: Held,
  policy: PrunePolicy,
  notes: PrunePlan['notes'],
  except: ReadonlySet<string>,
): PrunePlan['kept'] & { gone: Idle[] } {
  const live = findLive(held, { except });
  const idle = held.repositories.flatMap((repository) => idleIn(repository, live, notes, policy));
  const young = idle.filter(({ old }) => !old);
  const rest = [...young, ...newestOf(idle, policy.keep)];
  // What stays for now stays whole, with what it was made from.
  const stays = findLive(held, { except, more: rest.map(({ digest }) => digest) });
  const gone = idle.filter(
    ({ old, digest, repository, tags }) =>
      old && !stays.digests.has(digest) && !tags.some((tag) => stays.tags.has(`${repository}:${tag}`)),
  );
  // What has no tag is the registry's.
  const all = held.repositories.reduce((sum, each) => sum + new Set(Object.values(each.tags)).size, 0);
  return {
    gone: gone.toSorted(inOrder),
    live: all - idle.length,
    young: young.length,
    newest: idle.length - young.length - gone.length,
  };
}

interface Idle extends Omit<Deletion, 'bytes'> {
  old: boolean;
  /** Architecture, of an image under its key tag that is no version's. */
  series: string | undefined;
  rank: number;
}

/** A release manifest goes before what it names, an image before what it was made from; of images the bases last. */
const order = [
  'release',
  'yank',
  'version',
  'key',
  'unproven',
  'attached',
  'facts',
  'application',
  'tools',
  'used',
];

function idleIn(
  each: HeldRepository,
  live: Live,
  notes: PrunePlan['notes'],
  { now, olderThanMs }: PrunePolicy,
): Idle[] {
  const { repository, roles, manifests } = each;
  return [...tagsByDigest(each)].flatMap(([digest, tags]): Idle[] => {
    if (live.digests.has(digest) || tags.some((tag) => live.tags.has(`${repository}:${tag}`))) return [];
    const since = notes[repository]?.[digest] ?? now.toISOString();
    const found = tags.flatMap((tag) => roles[tag] ?? []);
    const key = found.find(({ role }) => role === 'key');
    // Images of a version are chosen as its parts.
    const versioned = found.some((role) => 'version' in role);
    return [
      {
        repository,
        digest,
        tags,
        since,
        old: now.getTime() - Date.parse(since) >= olderThanMs,
        series: key?.role === 'key' && !versioned ? key.series : undefined,
        rank: Math.min(...found.map(({ role }) => order.indexOf(role))) + (manifests[digest]?.base ? 0 : 0.5),
      },
    ];
  });
}

/** The newest images of each architecture: those that something referred to last. */
function newestOf(idle: readonly Idle[], keep: number): Idle[] {
  const series = Map.groupBy(
    idle.filter((each) => each.series !== undefined),
    (each) => `${each.repository} ${each.series}`,
  );
  return [...series.values()].flatMap((images) =>
    images.toSorted((a, b) => compare(b.since, a.since) || compare(a.digest, b.digest)).slice(0, keep),
  );
}

/** Candidates whose stable version is published and good, half published ones too; the highest first. */
function supersededCandidates(held: Held): string[] {
  const roles = held.repositories.flatMap((each) => Object.values(each.roles));
  const of = (role: string) =>
    roles.flatMap((each) => (each.role === role && 'version' in each ? each.version : []));
  const [yanked, released] = [of('yank'), of('release')];
  const versions = [...new Set([...of('version'), ...released])].filter((version) => {
    const [, stable = ''] = /^(.*)-rc\d+$/.exec(version) ?? [];
    return released.includes(stable) && !yanked.includes(stable);
  });
  return versions.toSorted((a, b) => compareVersions(parseVersion(b), parseVersion(a)));
}

/** Everything that has the tag of a version. */
function partsOf(held: Held, version: string): string[] {
  return held.repositories.flatMap(({ repository, roles, tags }) =>
    Object.entries(roles).flatMap(([tag, role]) =>
      'version' in role && role.version === version ? [`${repository} ${tags[tag]}`] : [],
    ),
  );
}

function withBytes(held: Held, gone: readonly Idle[]): Pick<PrunePlan, 'deletions' | 'freedBytes'> {
  const goes = new Set(gone.map(({ repository, digest }) => `${repository} ${digest}`));
  const staying = new Set<string>();
  const users = new Map<string, number>();
  for (const { repository, manifests } of held.repositories) {
    for (const [digest, { blobs }] of Object.entries(manifests)) {
      for (const blob of Object.keys(blobs)) {
        users.set(blob, (users.get(blob) ?? 0) + 1);
        if (!goes.has(`${repository} ${digest}`)) staying.add(blob);
      }
    }
  }
  const freed: Record<string, number> = {};
  const deletions = gone.map(({ repository, digest, tags, since }): Deletion => {
    const found = held.repositories.find((each) => each.repository === repository);
    const blobs = Object.entries(found?.manifests[digest]?.blobs ?? {});
    for (const [blob, size] of blobs) if (!staying.has(blob)) freed[blob] = size;
    const own = blobs.filter(([blob]) => users.get(blob) === 1);
    return { repository, digest, tags, since, bytes: own.reduce((sum, [, size]) => sum + size, 0) };
  });
  return { deletions, freedBytes: Object.values(freed).reduce((sum, size) => sum + size, 0) };
}

const inOrder = (a: Idle, b: Idle): number =>
  a.rank - b.rank || compare(a.repository, b.repository) || compare(a.tags[0] ?? '', b.tags[0] ?? '');

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
