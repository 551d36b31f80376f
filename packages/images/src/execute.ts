import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, type Problem, parseReference } from '@slipway/contract';
import { asFailure, type Engine, type Manifest, type Registry } from '@slipway/effects';
import prettyBytes from 'pretty-bytes';
import { build, type Surroundings } from './build.ts';
import { writeBuildFacts } from './build-facts.ts';
import type { ImagePlan } from './plan.ts';
import { type ImageRecord, ownLayers, recordFolder, writeRecord } from './record.ts';

/** The doors that an execution goes through. The engine is only asked for when something has to be built. */
export interface Doors {
  registry: Registry;
  engine: () => Promise<Engine>;
  now: () => Date;
  /** What the machine of the engine cannot do of a plan. */
  unfit: (plan: ImagePlan, engine: Engine) => Problem[];
}

/** A plan on its way: what was done so far. */
interface Work {
  plan: ImagePlan;
  started: Date;
  steps: ImageRecord['steps'];
  manifest?: Manifest;
  layers?: ImageRecord['layers'];
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
  const works = plans.map(
    (plan): Work => ({
      plan,
      started: doors.now(),
      steps: [],
      tagged: plan.state === 'current',
    }),
  );
  await Promise.all(works.map((work) => attempt(work, () => make(work, doors, around))));
  const whole = works.every(({ problems }) => problems === undefined);
  for (const work of works) {
    if (whole && work.plan.state !== 'current') {
      await attempt(work, async () => {
        await timed(work, doors, 'tag', () => moveTags(work.plan, work.manifest, doors.registry));
        work.tagged = true;
      });
    }
  }
  return works.map((work) => finish(work, doors, around.root));
}

/** Builds an image where the plan says so, and checks what the registry then holds. */
async function make(work: Work, doors: Doors, around: Surroundings): Promise<void> {
  const { plan } = work;
  const say = (line: string) => around.say(`${plan.project}: ${line}`);
  say(plan.reason);
  if (plan.state === 'waits') throw waitsFailure(plan);
  if (plan.state === 'build') {
    const engine = await doors.engine();
    const unfit = doors.unfit(plan, engine);
    if (unfit.length > 0) throw new Failure(unfit);
    for (const call of plan.builds) {
      const log = join(around.root, logPath(work));
      await timed(work, doors, `build ${call.target}`, () => build(call, engine, log, { ...around, say }));
    }
  }
  if (plan.state === 'build') await writeBuildFacts(plan, doors.registry);
  work.manifest = await timed(work, doors, 'check', () => readBack(plan, doors.registry));
  work.layers = await layersOf(plan, work.manifest, doors.registry);
  checkLimit(plan, work.layers);
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
  const { plan, started, steps, manifest, layers, problems, tagged } = work;
  const outcome = { current: 'current', tag: 'tagged', build: 'built', waits: 'failed' } as const;
  const record: ImageRecord = {
    record: 'image',
    startedAt: started.toISOString(),
    endedAt: now().toISOString(),
    // Of a set, the time that this image took and not the waiting for the others.
    durationSeconds: Number(steps.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3)),
    // Another image of the set failed: this one is there, and nothing points at it.
    outcome: problems ? 'failed' : tagged ? outcome[plan.state] : 'kept',
    plan,
    ...(manifest && { digest: manifest.digest }),
    ...(layers && { layers }),
    steps,
    ...(existsSync(join(root, logPath(work))) && { log: logPath(work) }),
    ...(problems && { problems }),
  };
  return { record, path: writeRecord(root, record) };
}

function logPath({ plan, started }: Work): string {
  return join(recordFolder, `${started.toISOString().replace(/[:.]/g, '-')}-${plan.project}.log`);
}

/** What the registry really holds under the key tag now. */
async function readBack(plan: ImagePlan, registry: Registry): Promise<Manifest> {
  const reference = `${plan.repository}:${plan.keyTag}`;
  const manifest = await registry.manifest(parseReference(reference));
  if (manifest !== undefined) return manifest;
  throw new Failure({
    code: 'image-missing',
    message: `${reference} is not in the registry`,
    remedy: 'start the same command again without --plan',
  });
}

/** Layers of a manifest, checked to begin with the parent's, layer by layer. */
async function layersOf(
  plan: ImagePlan,
  manifest: Manifest,
  registry: Registry,
): Promise<ImageRecord['layers']> {
  const layers = readLayers(manifest.raw);
  const parent = plan.parent && (await registry.manifest(parseReference(plan.parent.reference)));
  const below = parent ? readLayers(parent.raw) : [];
  const differs = below.findIndex((layer, index) => layer.digest !== layers[index]?.digest);
  if (differs !== -1) {
    throw new Failure({
      code: 'image-missing',
      message: `layer ${differs + 1} of ${plan.repository}:${plan.keyTag} is not that of its base ${plan.parent?.reference}`,
      remedy: `build both again: npx nx run ${plan.parent?.project}:build-image, then npx nx run ${plan.project}:build-image`,
    });
  }
  return layers.map((layer, index) => ({
    digest: layer.digest,
    bytes: layer.size,
    fromParent: index < below.length,
  }));
}

/** An image over its limit keeps its key tag, for whoever looks for the reason, and gets no other. */
function checkLimit({ limit, project }: ImagePlan, layers: ImageRecord['layers']): void {
  const { own, bytes } = ownLayers(layers);
  if (bytes <= limit.bytes) return;
  const largest = own.toSorted((a, b) => b.bytes - a.bytes).slice(0, 3);
  throw new Failure({
    code: 'limit-exceeded',
    where: { file: 'slipway.toml' },
    message: `${project} brings ${prettyBytes(bytes)} (compressed), ${limit.name} allows ${prettyBytes(limit.bytes)}; the largest layers are ${largest.map((layer) => prettyBytes(layer.bytes)).join(', ')}`,
    remedy: `take out what is not needed, or raise limits.${limit.name}`,
  });
}

function readLayers(raw: string): { digest: string; size: number }[] {
  return (JSON.parse(raw) as { layers?: { digest: string; size: number }[] }).layers ?? [];
}

/** Points every moving tag at the image, unless someone moved one since the plan was made. */
async function moveTags(plan: ImagePlan, manifest: Manifest | undefined, registry: Registry): Promise<void> {
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
    await registry.putManifest(reference, manifest);
  }
}

function waitsFailure(plan: ImagePlan): Failure {
  return new Failure({
    code: 'base-missing',
    message: `${plan.project} stands on ${plan.parent?.reference}, which is not in the registry`,
    remedy: `build it first: npx nx run ${plan.parent?.project}:build-image`,
  });
}
