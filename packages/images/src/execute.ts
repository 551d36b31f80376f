import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, type Problem, parseReference } from '@slipway/contract';
import { asFailure, type BuildEngine, type Manifest, type Registry, type Signer } from '@slipway/effects';
import { type Attached, attach } from './attest.ts';
import { checkSigner } from './attest-sign.ts';
import { type Built, build, type Surroundings } from './build.ts';
import { dateBuildFacts, writeBuildFacts } from './build-facts.ts';
import { giveBack, guardDisk } from './disk-guard.ts';
import { findDownloads } from './dockerfile.ts';
import { maskPlan } from './dockerfile-secrets.ts';
import { type Difference, describeDifferences, describeSources } from './explain.ts';
import { explainPlan } from './explain-images.ts';
import { checkLimit, countNewBytes, countPushed, layersOf, layersThere, sameRegistry } from './layers.ts';
import { type BuildCall, type ImagePlan, isLoaded } from './plan.ts';
import { type ImageRecord, newRecordPlace, type RecordPlace, writeRecord } from './record.ts';
import { checkVerification, diskBytes, type Verification, verify } from './verification.ts';

/** The doors that an execution goes through. The engine is only asked for when something has to be built. */
export interface Doors {
  registry: Registry;
  engine: () => Promise<BuildEngine>;
  now: () => Date;
  /** What the builder cannot do of one call of a plan. */
  unfit: (plan: ImagePlan, call: BuildCall, engine: BuildEngine) => Promise<Problem[]>;
  /** What signs images; absent where none are to be signed. */
  signer?: () => Signer;
}

/** A plan on its way: what was done so far. */
interface Work {
  plan: ImagePlan;
  started: Date;
  place: RecordPlace;
  steps: ImageRecord['steps'];
  /** Of the image that was pushed. */
  digest?: string;
  manifest?: Manifest;
  layers?: ImageRecord['layers'];
  differences?: Difference[];
  verification?: Verification;
  newBytes?: ImageRecord['newBytes'];
  pulled: Record<string, number>;
  pushed?: Record<string, number>;
  diskPeakBytes?: number;
  attached?: Attached[];
  problems?: readonly Problem[];
  /** Whether its tags point at it now. */
  tagged: boolean;
}

/**
 * Carries out the plans of images that belong together and records what happened to each, on every path. Tags are moved
 * last, and only when every image of the set is there, so that whoever follows a tag never meets half of it.
 * @returns a record and its path for each plan, in their order.
 */
export async function executeImages(
  plans: readonly ImagePlan[],
  doors: Doors,
  around: Surroundings,
): Promise<{ record: ImageRecord; path: string }[]> {
  const works = plans.map((plan): Work => {
    const started = doors.now();
    const place = newRecordPlace(started, plan.project);
    return { plan, started, place, steps: [], pulled: {}, tagged: plan.state === 'current' };
  });
  await Promise.all(
    works.map(async (work) => {
      await attempt(work, () => make(work, doors, around));
      around.done?.(work.plan.project);
    }),
  );
  const whole = works.every(({ problems }) => problems === undefined);
  for (const work of works) {
    if (whole && work.plan.state !== 'current') {
      await attempt(work, async () => {
        await timed(work, doors, 'tag', () => moveTags(work, doors.registry, around));
        work.tagged = true;
      });
    }
  }
  return works.map((work) => finish(work, doors, around.root));
}

/** Builds an image where the plan says so, and checks what the registry then holds. */
async function make(work: Work, doors: Doors, around: Surroundings): Promise<void> {
  const { plan } = work;
  around.say(plan.reason, plan.project);
  for (const line of describeSources(plan)) around.say(line, plan.project);
  if (plan.state === 'waits') throw waitsFailure(plan);
  // Before anything is built: what nobody can sign is not to be there unsigned.
  await checkSigner(plan, doors);
  let there = new Set<string>();
  if (plan.state === 'build') {
    // Before anything is built, whichever of its images it is about.
    for (const { lazy, dockerfile, target } of plan.builds) {
      const downloads = lazy ? findDownloads(dockerfile, target) : undefined;
      if (downloads) throw downloads;
    }
    if (!isLoaded(plan)) there = await layersThere(plan, doors.registry);
    // It is only told: what cannot be compared with is no reason not to build.
    work.differences = await explainPlan(plan, doors.registry).catch(() => undefined);
    for (const line of describeDifferences(work.differences)) around.say(line, plan.project);
    const engine = await doors.engine();
    // Before gigabytes are fetched for nothing.
    const unfit = await Promise.all(plan.builds.map((call) => doors.unfit(plan, call, engine)));
    const problems = new Map(unfit.flat().map((problem) => [problem.message, problem]));
    if (problems.size > 0) throw new Failure([...problems.values()]);
    await guarded(work, engine, around, async (inside) => {
      for (const call of plan.builds) await makeOne(work, call, engine, doors, inside);
    });
  }
  // The engine has it, under its names, and no registry does.
  if (isLoaded(plan)) return;
  work.manifest = await timed(work, doors, 'check', () => readBack(plan, doors.registry));
  work.layers = await layersOf(plan, work.manifest, doors.registry);
  checkLimit(plan, work.layers);
  // Before any tag that people follow is moved to it.
  if (plan.attest) work.attached = await timed(work, doors, 'attest', () => attach(work, doors, around));
  if (plan.state !== 'build') return;
  work.pushed = countPushed(work.layers, there, shared(doors).pushed);
  work.newBytes = await countNewBytes(plan, work.layers, doors.registry);
}

/** Watches the engine's disk while an image is built, and stops it when it takes more than it may. */
async function guarded(
  work: Work,
  engine: BuildEngine,
  around: Surroundings,
  does: (around: Surroundings) => Promise<void>,
): Promise<void> {
  const { plan } = work;
  const guard = guardDisk(engine, plan.diskGuardBytes, plan.project);
  const signal = around.signal ? AbortSignal.any([around.signal, guard.signal]) : guard.signal;
  try {
    await does({ ...around, signal });
  } catch (error) {
    if (!guard.signal.aborted) throw error;
    await giveBack(engine, guard);
    throw guard.signal.reason;
  } finally {
    guard.end();
    work.diskPeakBytes = guard.peakBytes();
  }
}

/** Carries out one call of a plan. A base gets its key tag when it is proven, and none when it is not. */
async function makeOne(
  work: Work,
  call: BuildCall,
  engine: BuildEngine,
  doors: Doors,
  around: Surroundings,
): Promise<void> {
  const { plan } = work;
  const log = join(around.root, work.place.log);
  // A base in another registry is copied too, so that nobody knows how much it is.
  const alone = plan.parent === null || sameRegistry(plan.parent.reference, plan.repository);
  const pushBytes = call.target === plan.kind && alone && plan.limit ? { pushBytes: plan.limit.bytes } : {};
  const inside = { ...around, project: plan.project, ...pushBytes };
  // Before the key tag that says that all of it is there.
  if (call.target === plan.kind && plan.kind !== 'base' && !isLoaded(plan)) {
    await writeBuildFacts(plan, doors.registry);
  }
  if (call.target !== 'verify') {
    const { digest, pulled } = await timed(work, doors, `build ${call.target}`, () =>
      once(call, doors, () => build(call, engine, log, inside)),
    );
    Object.assign(work.pulled, pulled);
    if (call.target === plan.kind) work.digest = digest;
    return;
  }
  work.verification = await timed(work, doors, 'verify', () => verify(call, engine, log, inside));
  checkVerification(plan, work.verification);
  await writeKeyTag(plan, work.verification, work.digest, doors.registry);
}

/** What the plans of one command have in common. */
interface Shared {
  /** By the tag that it goes to. */
  building: Map<string, Promise<Built>>;
  /** Layers that one of them has brought. */
  pushed: Set<string>;
}

// By the doors that a command opened.
const sharedBy = new WeakMap<Doors, Shared>();

function shared(doors: Doors): Shared {
  const known = sharedBy.get(doors) ?? { building: new Map(), pushed: new Set() };
  sharedBy.set(doors, known);
  return known;
}

/** Builds what goes to a tag, or waits for another plan of the same command that does. */
function once(call: BuildCall, doors: Doors, does: () => Promise<Built>): Promise<Built> {
  if (call.push === null) return does();
  const { building } = shared(doors);
  const begun = building.get(call.push) ?? does();
  building.set(call.push, begun);
  return begun;
}

/** Gives a proven image its key tag, unless someone else proved and tagged one of the same key meanwhile. */
async function writeKeyTag(
  plan: ImagePlan,
  verification: Verification,
  digest: string | undefined,
  registry: Registry,
): Promise<void> {
  const tagged = parseReference(`${plan.repository}:${plan.keyTag}`);
  if ((await registry.digest(tagged)) !== undefined) return;
  const manifest = digest && (await registry.manifest({ ...tagged, tag: null, digest }));
  if (!manifest) throw missing(`${plan.repository}@${digest}`);
  checkLimit(plan, await layersOf(plan, manifest, registry));
  // Before the key tag that says that all of it is there.
  await writeBuildFacts(plan, registry, verification);
  await registry.putManifest(tagged, manifest);
}

/** Keeps a failure with the image that it happened to, so that every image gets its record. */
async function attempt(work: Work, does: () => Promise<void>): Promise<void> {
  try {
    await does();
  } catch (error) {
    work.problems = asFailure(error).problems;
  }
}

async function timed<T>(work: Work, doors: Doors, name: string, does: () => Promise<T>): Promise<T> {
  const before = doors.now().getTime();
  try {
    return await does();
  } finally {
    work.steps.push({ name, seconds: (doors.now().getTime() - before) / 1000 });
  }
}

function finish(work: Work, { now }: Doors, root: string): { record: ImageRecord; path: string } {
  const { plan, started, place, steps, manifest, layers, problems, tagged, verification } = work;
  const outcome = { current: 'current', tag: 'tagged', build: 'built', waits: 'failed' } as const;
  const digest = manifest?.digest ?? (isLoaded(plan) ? work.digest : undefined);
  const record: ImageRecord = {
    record: 'image',
    startedAt: started.toISOString(),
    endedAt: now().toISOString(),
    // Of a set, the time that this image took and not the waiting for the others.
    durationSeconds: Number(steps.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3)),
    // Another image of the set failed: this one is there, and nothing points at it.
    outcome: problems ? 'failed' : tagged ? outcome[plan.state] : 'kept',
    plan: maskPlan(plan),
    ...(digest && { digest }),
    ...(layers && { layers }),
    ...(verification && { verification: { ...verification, diskBytes: diskBytes(verification) } }),
    ...(work.newBytes && { newBytes: work.newBytes }),
    ...(work.differences && { differences: work.differences }),
    ...(plan.state === 'build' && { pulled: work.pulled }),
    ...(work.pushed && { pushed: work.pushed }),
    ...(work.attached && { attached: work.attached }),
    ...(work.diskPeakBytes !== undefined && { diskPeakBytes: work.diskPeakBytes }),
    steps,
    ...(existsSync(join(root, place.log)) && { log: place.log }),
    ...(problems && { problems }),
  };
  return { record, path: writeRecord(root, place, record) };
}

/** What the registry really holds under the key tag now. */
async function readBack(plan: ImagePlan, registry: Registry): Promise<Manifest> {
  const reference = `${plan.repository}:${plan.keyTag}`;
  const manifest = await registry.manifest(parseReference(reference));
  if (manifest === undefined) throw missing(reference);
  return manifest;
}

function missing(reference: string): Failure {
  return new Failure({
    code: 'image-missing',
    message: `${reference} is not in the registry`,
    remedy: 'start the same command again without --plan',
  });
}

/** Points every moving tag at the image, unless someone moved one since the plan was made. */
async function moveTags({ plan, manifest }: Work, registry: Registry, { say }: Surroundings): Promise<void> {
  if (manifest === undefined) return;
  for (const tag of plan.movingTags) {
    const reference = parseReference(`${plan.repository}:${tag}`);
    const now = (await registry.digest(reference)) ?? null;
    if (now === manifest.digest) continue;
    if (now !== plan.tagDigests[tag]) {
      throw new Failure({
        code: 'tag-moved',
        message: `${plan.repository}:${tag} was moved by someone else: the plan saw ${plan.tagDigests[tag] ?? 'no such tag'}, now it is ${now ?? 'gone'}`,
        remedy: 'start the same command again: it plans anew, and what was built is kept',
      });
    }
    // It goes back to an image that was there already, which a prune should not take for as old as when it was made.
    if (now !== null && plan.digest !== null) {
      await dateBuildFacts(plan, registry).catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
        say(`warning: to a prune it counts as unused since it was made: ${error.problems[0]?.message}`);
      });
    }
    await registry.putManifest(reference, manifest);
  }
}

function waitsFailure(plan: ImagePlan): Failure {
  return new Failure({
    code: 'base-missing',
    message: `${plan.project} ${plan.reason}`,
    remedy: `build it first: npx nx run ${plan.parent?.project}:build-image`,
  });
}
