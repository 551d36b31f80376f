import { type Held, type HeldRepository, tagsByDigest } from './prune-facts.ts';
import type { Live } from './prune-live.ts';

/**
 * Repository -> digest -> since when nothing refers to it, in ISO 8601: as an earlier prune noted, else as follows from
 * what is there, else from now on. Never later than now.
 */
export function noteUnreferenced(held: Held, live: Live, now: Date): Record<string, Record<string, string>> {
  const firsts = firstAges(held, live);
  return Object.fromEntries(
    held.repositories.map((each) => {
      const digests = [...tagsByDigest(each).keys()].filter((digest) => !live.digests.has(digest)).sort();
      const since = (digest: string) => {
        const [noted, first] = [each.notes[digest], firsts.get(digest)];
        // Used again since it was noted, it counts anew.
        return noted !== undefined && (first === undefined || noted >= first)
          ? noted
          : earliest(each, first, now);
      };
      return [each.repository, Object.fromEntries(digests.map((digest) => [digest, since(digest)]))];
    }),
  );
}

/**
 * Since when at least, of what is not noted. At the time of the notes something still referred to it, or it was not there
 * yet; notes that bear no time say nothing of it.
 */
function earliest({ notedAt, notes }: HeldRepository, first: string | undefined, now: Date): string {
  const at = now.toISOString();
  if (first === undefined || (notedAt === null && Object.keys(notes).length > 0)) return at;
  const since = notedAt !== null && notedAt > first ? notedAt : first;
  // A clock elsewhere may go ahead.
  return [since, at].toSorted()[0] ?? at;
}

/**
 * Digest -> the last time at which something can have referred to it, as far as the dates of build facts tell. An image
 * was the newest of its architecture until the next one was made; what it was made from was used as long as it was itself.
 */
function firstAges({ repositories }: Held, live: Live): Map<string, string> {
  const found = new Map<string, string>();
  const unknown = new Set<string>();
  const used = (digest: string | undefined, until: string | undefined) => {
    if (digest === undefined) return;
    // Something used it, and nobody knows until when.
    if (until === undefined) unknown.add(digest);
    else if ((found.get(digest) ?? '') < until) found.set(digest, until);
  };
  for (const each of repositories) {
    const { roles, tags } = each;
    const versioned = Object.keys(tags).flatMap((tag) => (roles[tag]?.role === 'version' ? tags[tag] : []));
    for (const [keyTag, until] of replacedAt(each)) {
      // It was published at a later time, which nothing tells.
      used(tags[keyTag], versioned.includes(tags[keyTag]) ? undefined : until);
    }
  }
  for (const { roles, tags, facts, created } of repositories) {
    for (const [tag, role] of Object.entries(roles)) {
      if (role.role !== 'facts') continue;
      const image = tags[role.keyTag];
      const until = image === undefined ? created[role.keyTag] : found.get(image);
      used(tags[tag], until);
      if (image !== undefined && live.digests.has(image)) continue;
      const { digests = [], application } = facts[role.keyTag] ?? {};
      for (const digest of digests) used(digest, until);
      if (application !== undefined) used(tags[application], until);
    }
  }
  for (const each of repositories) {
    for (const digest of new Set(Object.values(each.tags))) {
      const base = each.manifests[digest]?.base ?? undefined;
      if (!live.digests.has(digest)) used(base, found.get(digest));
    }
  }
  for (const { roles, tags } of repositories) {
    for (const [tag, role] of Object.entries(roles)) {
      if (role.role === 'attached') used(tags[tag], found.get(role.digest));
    }
  }
  for (const digest of unknown) found.delete(digest);
  return found;
}

/** Key tag -> when the next image of its architecture was made; of the newest, when it was made itself. */
function replacedAt({ roles, created }: HeldRepository): Map<string, string> {
  const made = Object.entries(created).flatMap(([keyTag, at]) => {
    const role = roles[keyTag];
    return role?.role === 'key' ? [{ keyTag, at, series: role.series }] : [];
  });
  const found = new Map<string, string>();
  for (const images of Map.groupBy(made, ({ series }) => series).values()) {
    const dates = images.map(({ at }) => at).sort();
    for (const { keyTag, at } of images) found.set(keyTag, dates.find((date) => date > at) ?? at);
  }
  return found;
}
