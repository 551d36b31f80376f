import { type Definition, Failure, type Version } from '@slipway/contract';
import {
  lostRace,
  openReleaseStage,
  type ReleaseStage,
  readReleaseRepository,
  remoteProblem,
  resolveCommit,
} from '@slipway/effects';
import { type AtStep, executeRelease, type Pushed, stepper } from './execute-release.ts';
import type { InRegistry } from './in-registry.ts';
import type { NoRelease, Release, ReleasePlan } from './plan.ts';
import { planRelease } from './plan-release.ts';
import { type FactSources, readCandidateFacts, readPromotionFacts } from './read-facts.ts';

/** What a release is made of. */
export interface ReleaseRequest {
  kind: 'candidate' | 'promotion';
  /** Name of a remote, or a URL; default: `origin`. */
  remote?: string;
  /** Default: the definition's. */
  branch?: string;
  /** Of a candidate: the commit, in any of git's spellings; default: what is checked out. */
  commit?: string;
}

/** Where a release happens; none of it changes the result. */
export interface ReleaseSurroundings {
  root: string;
  signal?: AbortSignal;
  /** Tells a person something. */
  say?: (line: string) => void;
  at?: AtStep;
  /** What is published of a version; absent: nothing is asked. */
  inRegistry?: (version: Version) => Promise<InRegistry>;
}

/** What came of it. */
export interface Released {
  plan: ReleasePlan;
  outcome: ReleasePlan['outcome'];
  /** Of the new or the newest version; null: there is none. */
  version: string | null;
  /** The release commit, which the tag is on. */
  commit: string | null;
}

/** A plan whose push was not taken. */
interface Attempt {
  plan: Release;
  pushed: Pushed;
}

/** How often somebody else may be quicker. */
const attempts = 5;

/**
 * Makes the next candidate, or promotes the newest one: a release commit and its annotated tag, in one push that the
 * remote takes whole or not at all. Nothing of the person's checkout is changed.
 *
 * Whoever is interrupted calls the same again: before the push the remote has nothing of it, and after it the answer is
 * the version that was made.
 * @throws Failure `repository-missing`, `commit-elsewhere`, `promotion-refused`, `version-taken`, `version-missing`,
 *   `remote-unreachable`, `remote-denied`, `push-refused`.
 */
export async function makeRelease(
  request: ReleaseRequest,
  { release: settings }: Pick<Definition, 'release'>,
  around: ReleaseSurroundings,
): Promise<Released> {
  return withSources(request, settings, around, async (sources, commit) => {
    const step = stepper(around.at);
    let last: Attempt | undefined;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      await step('fetch', () => sources.stage.fetch());
      const arrived = last && (await hasArrived(last.pushed, last.plan, sources.stage));
      if (last !== undefined && arrived) return released(last.plan, last.pushed);
      if (last !== undefined && !(await mayDo(last, sources.stage))) throw refused(last);
      const plan = await step('ask', async () => planRelease(await readFacts(request, sources, commit)));
      if (plan.outcome !== 'released') return { plan, ...summary(plan) };
      const pushed = await executeRelease(plan, sources.stage, step);
      if (pushed.accepted) return released(plan, pushed);
      around.say?.(
        `${plan.version} was not taken: ${plan.branch} or the tag changed meanwhile, or a rule forbids it`,
      );
      last = { plan, pushed };
    }
    throw last === undefined ? new TypeError('nothing was tried') : refused(last);
  });
}

/** What `makeRelease` would do, from the same code. @throws as that. */
export function previewRelease(
  request: ReleaseRequest,
  { release: settings }: Pick<Definition, 'release'>,
  around: ReleaseSurroundings,
): Promise<ReleasePlan> {
  return withSources(request, settings, around, async (sources, commit) => {
    await sources.stage.fetch();
    return planRelease(await readFacts(request, sources, commit));
  });
}

async function withSources<T>(
  request: ReleaseRequest,
  settings: Definition['release'],
  {
    root,
    signal,
    inRegistry = async () => ({ published: 'no', commit: null, yank: null }),
  }: ReleaseSurroundings,
  work: (sources: FactSources, commit: string) => Promise<T>,
): Promise<T> {
  const repository = await readReleaseRepository(root, request.remote ?? 'origin');
  const commit = request.kind === 'promotion' ? '' : await commitOf(root, request.commit, repository.head);
  const branch = request.branch ?? settings.branch;
  const stage = await openReleaseStage(repository, branch, signal);
  try {
    const { versionFiles, breakingBefore1 } = settings;
    return await work(
      { stage, repository, branch, versionFiles, breakingBefore1, signal, inRegistry },
      commit,
    );
  } finally {
    stage.dispose();
  }
}

function readFacts({ kind }: ReleaseRequest, sources: FactSources, commit: string) {
  return kind === 'promotion' ? readPromotionFacts(sources) : readCandidateFacts(sources, commit);
}

async function commitOf(root: string, name: string | undefined, head: string | null): Promise<string> {
  // The whole id of a commit may be one that only the remote has, as in a shallow clone.
  const found =
    name === undefined
      ? head
      : ((await resolveCommit(root, name)) ?? (/^[0-9a-f]{40,64}$/.test(name) ? name : null));
  if (found !== null) return found;
  throw new Failure({
    code: 'repository-missing',
    message: name === undefined ? 'the repository has no commit yet' : `there is no commit "${name}" here`,
    remedy: 'name a commit of the branch that releases are made from: --commit=<id>',
  });
}

/** Whether a push whose answer was lost came through all the same. */
async function hasArrived({ tag }: Pushed, { version }: Release, stage: ReleaseStage): Promise<boolean> {
  return (await stage.tags()).some(({ name, object }) => name === version && object === tag);
}

/** Whether another plan has a chance: something is otherwise than the last one took it for, or just was. */
async function mayDo({ plan, pushed }: Attempt, stage: ReleaseStage): Promise<boolean> {
  const [now, tags] = await Promise.all([stage.head(), stage.tags()]);
  return now !== plan.head || tags.some(({ name }) => name === plan.version) || lostRace(pushed.said);
}

function refused({ plan, pushed }: Attempt): Failure {
  return new Failure(remoteProblem(pushed.said, plan));
}

function released(plan: Release, { commit }: Pushed): Released {
  return { plan, outcome: 'released', version: plan.version, commit };
}

function summary({ outcome, version, commit }: NoRelease): Omit<Released, 'plan'> {
  return { outcome, version, commit };
}
