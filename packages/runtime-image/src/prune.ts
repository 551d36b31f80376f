import { Failure, type Problem, parseDuration, parseReference, placedRepository } from '@slipway/contract';
import { listReferrers, type Manifest, putArtifact, type Registry } from '@slipway/effects';
import { type ImagePlan, planImages, requestsFor, type Workspace } from '@slipway/images';
import type { Held } from './prune-facts.ts';
import { findLive, type Live } from './prune-live.ts';
import { type Deletion, type PrunePlan, type PrunePolicy, planPrune } from './prune-plan.ts';
import { readHeld } from './prune-read.ts';
import { notesTag, tagRole } from './prune-tags.ts';

/** What came of one planned deletion. */
export interface Pruned extends Deletion {
  /**
   * `kept`: something refers to it since the plan. `restored`: something came to refer to it in the moment in which it
   * was deleted, so it was put back. `gone`: someone else had deleted it.
   */
  outcome: 'deleted' | 'kept' | 'restored' | 'gone';
}

/** What a prune looked at, and what follows. */
export interface PruneRequest {
  held: Held;
  plan: PrunePlan;
  policy: PrunePolicy;
  /** Moving tags of the bases. */
  moving: string[];
  /** What could not be looked at. */
  notes: string[];
}

/** Reads both repositories and plans what goes. Nothing is changed. */
export async function makePrunePlan(workspace: Workspace, policy: PrunePolicy): Promise<PruneRequest> {
  const { definition, inputs, doors } = workspace;
  const moving = definition.architectures.map(({ tag }) => tag);
  const places = [definition.repositories.base, definition.repositories.runtime];
  const names = [...new Set(places.map((name) => placedRepository(name, inputs.machine)))];
  const [{ named, notes }, repositories] = await Promise.all([
    namedToday(workspace),
    Promise.all(names.map((name) => readHeld(doors.registry, name, moving))),
  ]);
  const held = { repositories, named };
  return { held, plan: planPrune(held, policy), policy, moving, notes };
}

/**
 * Carries out a plan. Since a registry cannot be locked, it is read again before each deletion and after the last, by the
 * same rules: what something refers to by now stays, and what came to be referred to in the very moment is put back under all
 * of its tags, which only takes its manifest, for its layers are still there.
 * @throws Failure `deletion-refused` where the registry lets nobody delete.
 */
export async function prune(
  registry: Registry,
  { held, plan, policy, moving }: PruneRequest,
  around: { say: (line: string) => void; signal?: AbortSignal },
): Promise<Pruned[]> {
  for (const [repository, notes] of Object.entries(plan.notes)) {
    await writeNotes(registry, held, repository, notes);
  }
  const except = new Set(plan.candidates);
  let seen = await readAgain(registry, held, moving);
  const done: { pruned: Pruned; manifest?: Manifest; beside?: string[] }[] = [];
  /** Puts back what something came to refer to, and what that in turn stands on. */
  const putBack = async () => {
    for (let again = true; again; ) {
      again = false;
      const live = findLive(seen, { except });
      for (const { pruned, manifest } of done) {
        if (pruned.outcome !== 'deleted' || manifest === undefined || !refersTo(live, pruned, moving))
          continue;
        const at = { ...parseReference(pruned.repository), digest: null };
        for (const tag of pruned.tags) await registry.putManifest({ ...at, tag }, manifest);
        pruned.outcome = 'restored';
        around.say(`put back ${pruned.repository}: ${pruned.tags.join(', ')}`);
        again = true;
      }
      if (again) seen = await readAgain(registry, seen, moving);
    }
  };
  let planned = byManifest(planPrune(seen, policy));
  /** Looks again; only what came or moved since the last time can change what may go. */
  const look = async (thorough: boolean) => {
    const before = seen;
    seen = await readAgain(registry, before, moving, thorough);
    if (!hasNews(before, seen)) return;
    await putBack();
    planned = byManifest(planPrune(seen, policy));
  };
  for (const [index, deletion] of plan.deletions.entries()) {
    if (around.signal?.aborted) break;
    await look(index % 25 === 0);
    const { repository, digest, tags } = deletion;
    const still = planned.get(`${repository} ${digest}`);
    const at = { ...parseReference(repository), tag: null, digest };
    const manifest = still && (await registry.manifest(at));
    if (still === undefined || manifest === undefined) {
      const gone = tags.every((tag) => lookUp(seen, repository, tag) === undefined);
      done.push({ pruned: { ...deletion, outcome: gone ? 'gone' : 'kept' } });
      continue;
    }
    const beside = (await listReferrers(registry, at)).map((each) => each.digest);
    const outcome = (await registry.deleteManifest(at)) ? 'deleted' : 'gone';
    done.push({ pruned: { ...deletion, tags: still.tags, outcome }, manifest, beside });
    around.say(`${outcome} ${repository}: ${still.tags.join(', ')}`);
  }
  await look(true);
  await deleteBeside(
    registry,
    done.filter(({ pruned }) => pruned.outcome === 'deleted'),
    findLive(seen, { except }),
  );
  return done.map(({ pruned }) => pruned);
}

/** Signatures and the like have no tag of their own: they go when it is sure that their image went. */
async function deleteBeside(
  registry: Registry,
  gone: readonly { pruned: Pruned; beside?: string[] }[],
  live: Live,
): Promise<void> {
  for (const { pruned, beside = [] } of gone) {
    for (const digest of beside.filter((each) => !live.digests.has(each))) {
      await registry.deleteManifest({ ...parseReference(pruned.repository), tag: null, digest });
    }
  }
}

/** Whether something leads to it, or to what it is attached to. */
function refersTo(live: Live, { repository, digest, tags }: Deletion, moving: readonly string[]): boolean {
  if (live.digests.has(digest)) return true;
  return tags.some((tag) => {
    const role = tagRole(tag, moving);
    return (
      live.tags.has(`${repository}:${tag}`) || (role.role === 'attached' && live.digests.has(role.digest))
    );
  });
}

const byManifest = ({ deletions }: PrunePlan): Map<string, Deletion> =>
  new Map(deletions.map((each) => [`${each.repository} ${each.digest}`, each]));

/** Whether a tag came, or points at something else. */
function hasNews(before: Held, now: Held): boolean {
  return now.repositories.some(({ repository, tags }) =>
    Object.entries(tags).some(([tag, digest]) => lookUp(before, repository, tag) !== digest),
  );
}

async function readAgain(
  registry: Registry,
  before: Held,
  moving: readonly string[],
  thorough = true,
): Promise<Held> {
  const again = before.repositories.map((each) =>
    readHeld(registry, each.repository, moving, { before: each, thorough }),
  );
  return { ...before, repositories: await Promise.all(again) };
}

const lookUp = (held: Held, repository: string, tag: string): string | undefined =>
  held.repositories.find((each) => each.repository === repository)?.tags[tag];

/** Writes since when nothing refers to what a repository holds, unless that is what stands there. */
async function writeNotes(
  registry: Registry,
  held: Held,
  repository: string,
  notes: Record<string, string>,
): Promise<void> {
  const before = held.repositories.find((each) => each.repository === repository);
  if (JSON.stringify(sorted(before?.notes ?? {})) === JSON.stringify(sorted(notes))) return;
  const reference = parseReference(`${repository}:${notesTag}`);
  const text = JSON.stringify({ slipwayUnreferenced: 1, unreferenced: Object.fromEntries(sorted(notes)) });
  await putArtifact(registry, reference, 'application/vnd.slipway.unreferenced.v1+json', text);
}

const sorted = (notes: Record<string, string>): [string, string][] =>
  Object.entries(notes).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** References that a build or publish of today's definition would use, as far as it can be planned. */
async function namedToday(workspace: Workspace): Promise<{ named: string[]; notes: string[] }> {
  const requests = [...requestsFor(workspace, 'base'), ...requestsFor(workspace, 'runtime')];
  const planned = await planImages(workspace, requests);
  const notes: string[] = [];
  const named = [...planned].flatMap(([project, plan]) => {
    if (!isPlan(plan)) {
      notes.push(
        `${project} cannot be planned (${plan[0]?.message}): what its next build would use is not known`,
      );
      return [];
    }
    const used = plan.builds.flatMap(({ push, images }) => [
      ...(push ? [push] : []),
      ...Object.values(images),
    ]);
    return [...used, ...(plan.keyTag === null ? [] : [`${plan.repository}:${plan.keyTag}`])];
  });
  return { named: [...new Set(named.map(withoutDigest))], notes };
}

const withoutDigest = (reference: string): string => reference.split('@')[0] ?? reference;

const isPlan = (plan: ImagePlan | readonly Problem[]): plan is ImagePlan => !Array.isArray(plan);

/**
 * The policy as options say it.
 * @throws Failure `usage`.
 */
export function prunePolicy(
  options: { olderThan?: string; keep?: number; candidates?: boolean },
  now: Date,
): PrunePolicy {
  const { olderThan = '14d', keep = 3, candidates = false } = options;
  const olderThanMs = parseDuration(olderThan);
  if (olderThanMs === undefined || olderThanMs < 3_600_000) {
    throw new Failure({
      code: 'usage',
      message: `--older-than=${olderThan} is not a time of at least 1h`,
      remedy:
        'give at least an hour, such as --older-than=14d: what a build or publish under way has just pushed is referred to by nothing yet',
    });
  }
  if (!Number.isInteger(keep) || keep < 0) {
    throw new Failure({
      code: 'usage',
      message: `--keep=${keep} is not a number of images`,
      remedy: 'give 0 or more, such as --keep=3',
    });
  }
  return { now, olderThanMs, keep, candidates };
}
