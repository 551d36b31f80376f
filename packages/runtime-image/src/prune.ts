import { Failure, type Problem, parseDuration, parseReference, placedRepository } from '@slipway/contract';
import { listReferrers, type Manifest, putArtifact, type Registry } from '@slipway/effects';
import { type ImagePlan, planImages, requestsFor, type Workspace } from '@slipway/images';
import type { Held, HeldRepository } from './prune-facts.ts';
import { findLive, type Live } from './prune-live.ts';
import { type Deletion, type PrunePlan, type PrunePolicy, planPrune } from './prune-plan.ts';
import { readHeld } from './prune-read.ts';
import { notesTag, type OurTags, ourTags, tagRole } from './prune-tags.ts';

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
  ours: OurTags;
  /** What could not be looked at. */
  notes: string[];
}

/** Reads the repositories and plans what goes. Nothing is changed. */
export async function makePrunePlan(workspace: Workspace, policy: PrunePolicy): Promise<PruneRequest> {
  const { definition, inputs, doors } = workspace;
  const ours = ourTags(definition.architectures);
  const { base, runtime, dev } = definition.repositories;
  const placed = (name: string) => placedRepository(name, inputs.machine);
  const names = [...new Set([base, runtime].map(placed))];
  const [{ named, notes }, repositories, devs] = await Promise.all([
    namedToday(workspace),
    Promise.all(names.map((name) => readHeld(doors.registry, name, ours))),
    names.includes(placed(dev)) ? { held: [], notes: [] } : readDevs(doors.registry, placed(dev), ours),
  ]);
  const held = { repositories: [...repositories, ...devs.held], named };
  return { held, plan: planPrune(held, policy), policy, ours, notes: [...notes, ...devs.notes] };
}

/** The dev images, which no other image stands on: who may not see them can prune the others. */
async function readDevs(
  registry: Registry,
  repository: string,
  ours: OurTags,
): Promise<{ held: HeldRepository[]; notes: string[] }> {
  try {
    return { held: [await readHeld(registry, repository, ours)], notes: [] };
  } catch (error) {
    const [problem] = error instanceof Failure ? error.problems : [];
    if (problem?.code !== 'registry-denied') throw error;
    return { held: [], notes: [`dev images are left as they are: ${problem.message}`] };
  }
}

/**
 * Carries out a plan. Since a registry cannot be locked, it is read again before each deletion and after the last, by the
 * same rules: what something refers to by now stays, and what came to be referred to in the very moment is put back under all
 * of its tags, which only takes its manifest, for its layers are still there.
 * @throws Failure `deletion-refused` where the registry lets nobody delete.
 */
export async function prune(
  registry: Registry,
  { held, plan, policy, ours }: PruneRequest,
  around: { say: (line: string) => void; signal?: AbortSignal },
): Promise<Pruned[]> {
  for (const [repository, notes] of Object.entries(plan.notes)) {
    if (
      Object.keys(held.repositories.find((each) => each.repository === repository)?.tags ?? {}).length === 0
    )
      continue;
    await writeNotes(registry, repository, notes, policy.now).catch((error: unknown) => {
      // Of a repository that only others write to, nothing goes without notes.
      const told = error instanceof Failure ? error.problems[0] : undefined;
      const needed = plan.deletions.some((each) => each.repository === repository);
      if (told?.code !== 'registry-denied' || needed) throw error;
      around.say(`not noted since when nothing refers to what ${repository} holds: ${told.message}`);
    });
  }
  const except = new Set(plan.candidates);
  let seen = await readAgain(registry, held, ours);
  const done: { pruned: Pruned; manifest?: Manifest; beside?: string[] }[] = [];
  /** Puts back what something came to refer to, and what that in turn stands on. */
  const putBack = async () => {
    for (let again = true; again; ) {
      again = false;
      const live = findLive(seen, { except });
      for (const { pruned, manifest } of done) {
        if (pruned.outcome !== 'deleted' || manifest === undefined || !refersTo(live, pruned, ours)) continue;
        const at = { ...parseReference(pruned.repository), digest: null };
        for (const tag of pruned.tags) await registry.putManifest({ ...at, tag }, manifest);
        pruned.outcome = 'restored';
        around.say(`put back ${pruned.repository}: ${pruned.tags.join(', ')}`);
        again = true;
      }
      if (again) seen = await readAgain(registry, seen, ours);
    }
  };
  let planned = byManifest(planPrune(seen, policy));
  /** Looks again; only what came or moved since the last time can change what may go. */
  const look = async (thorough: boolean) => {
    const before = seen;
    seen = await readAgain(registry, before, ours, thorough);
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
function refersTo(live: Live, { repository, digest, tags }: Deletion, ours: OurTags): boolean {
  if (live.digests.has(digest)) return true;
  return tags.some((tag) => {
    const role = tagRole(tag, ours);
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

async function readAgain(registry: Registry, before: Held, ours: OurTags, thorough = true): Promise<Held> {
  const again = before.repositories.map((each) =>
    readHeld(registry, each.repository, ours, { before: each, thorough }),
  );
  return { ...before, repositories: await Promise.all(again) };
}

const lookUp = (held: Held, repository: string, tag: string): string | undefined =>
  held.repositories.find((each) => each.repository === repository)?.tags[tag];

/** Writes since when nothing refers to what a repository holds, and when that was so. */
async function writeNotes(
  registry: Registry,
  repository: string,
  notes: Record<string, string>,
  at: Date,
): Promise<void> {
  const reference = parseReference(`${repository}:${notesTag}`);
  const unreferenced = Object.fromEntries(sorted(notes));
  const text = JSON.stringify({ slipwayUnreferenced: 1, at: at.toISOString(), unreferenced });
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
        'give at least an hour, within which what a build or publish has just pushed is referred to by nothing yet: --older-than=1h',
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
