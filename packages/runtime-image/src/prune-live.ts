import { type Held, type HeldRepository, tagsByDigest } from './prune-facts.ts';
import { type TagRole, userHash } from './prune-tags.ts';

/** Digests and tags that must stay. A digest is live wherever it lies. */
export interface Live {
  digests: ReadonlySet<string>;
  /** As `<repository>:<tag>`; those that are not there yet too. */
  tags: ReadonlySet<string>;
}

/** Roles whose tags keep what they point at. */
const rooted: readonly TagRole['role'][] = [
  'release',
  'yank',
  'version',
  'moving',
  'deprecation',
  'wheel',
  'notes',
  'foreign',
];

/**
 * Everything that a version, a moving tag, a kept wheel, today's definition or a tag that is not ours leads to, bases that
 * versions in other repositories stand on, and what that stands on, was made from, and says of itself.
 * @param given.except versions that keep nothing.
 * @param given.more digests that stay for another reason.
 */
export function findLive(
  held: Held,
  given: { except?: ReadonlySet<string>; more?: Iterable<string> } = {},
): Live {
  const { except = new Set(), more = [] } = given;
  const digests = new Set<string>();
  const tags = new Set<string>();
  const open: string[] = [...more];
  const keepTag = (repository: string, tag: string) => {
    tags.add(`${repository}:${tag}`);
    const digest = held.repositories.find((each) => each.repository === repository)?.tags[tag];
    if (digest !== undefined) open.push(digest);
  };
  const users = held.repositories.map(({ repository }) => userHash(repository));
  for (const { repository, roles, releases } of held.repositories) {
    for (const [tag, role] of Object.entries(roles)) {
      // What stands on it lies where nobody looks here.
      if (role.role === 'used' && !users.includes(role.by)) keepTag(repository, tag);
      if (rooted.includes(role.role) && !('version' in role && except.has(role.version))) {
        keepTag(repository, tag);
      }
    }
    for (const [version, release] of Object.entries(releases)) {
      if (except.has(version)) continue;
      open.push(...release.digests);
      for (const keyTag of release.keyTags) keepTag(repository, keyTag);
    }
  }
  for (const reference of held.named) {
    const colon = reference.lastIndexOf(':');
    keepTag(reference.slice(0, colon), reference.slice(colon + 1));
  }
  const looked = held.repositories.map((each) => ({
    each,
    byDigest: tagsByDigest(each),
    attached: attachedIn(each),
  }));
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (digests.has(digest)) continue;
    digests.add(digest);
    for (const { each, byDigest, attached } of looked) {
      const manifest = each.manifests[digest];
      if (manifest === undefined) continue;
      open.push(...manifest.names, ...(manifest.base === null ? [] : [manifest.base]));
      for (const tag of byDigest.get(digest) ?? []) tags.add(`${each.repository}:${tag}`);
      open.push(...(attached.get(digest) ?? []));
      const known = keepOrigins(each, byDigest.get(digest) ?? [], keepTag, open);
      // Nobody knows what a runtime image without build facts was made from: all that it may be stays.
      if (manifest.base !== null && !known) keepHelpers(held, keepTag);
    }
  }
  return { digests, tags };
}

/** Keeps the build facts of an image, and what they name. @returns whether they name something. */
function keepOrigins(
  { repository, roles, facts }: HeldRepository,
  tags: readonly string[],
  keepTag: (repository: string, tag: string) => void,
  open: string[],
): boolean {
  let known = false;
  for (const tag of tags) {
    const role = roles[tag];
    if (role?.role !== 'key' && role?.role !== 'facts') continue;
    // Build facts are written before their image: what they name is being built with.
    const keyTag = role.role === 'key' ? tag : role.keyTag;
    if (role.role === 'key') keepTag(repository, `${tag}.build`);
    const { digests, application } = facts[keyTag] ?? {};
    if (digests === undefined || application === undefined) continue;
    open.push(...digests);
    keepTag(repository, application);
    known = true;
  }
  return known;
}

function keepHelpers(held: Held, keepTag: (repository: string, tag: string) => void): void {
  for (const { repository, roles } of held.repositories) {
    for (const [tag, { role }] of Object.entries(roles)) {
      if (role === 'application' || role === 'tools') keepTag(repository, tag);
    }
  }
}

/** Digests of signatures and the like, by the image that they are of. */
function attachedIn({ roles, tags }: HeldRepository): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [tag, role] of Object.entries(roles)) {
    const digest = tags[tag];
    if (role.role !== 'attached' || digest === undefined) continue;
    found.set(role.digest, [...(found.get(role.digest) ?? []), digest]);
  }
  return found;
}
