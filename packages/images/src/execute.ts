import { join, relative } from 'node:path';
import { Failure, parseReference } from '@slipway/contract';
import type { Engine, Manifest, Registry } from '@slipway/effects';
import { build, type Surroundings } from './build.ts';
import type { ImagePlan } from './plan.ts';
import { type ImageRecord, recordFolder, writeRecord } from './record.ts';

/** The doors that an execution goes through. The engine is only asked for when something has to be built. */
export interface Doors {
  registry: Registry;
  engine: () => Promise<Engine>;
  now: () => Date;
}

/**
 * Carries out the plan of one image and records what happened, on every path. A moving tag is moved last, so that
 * whoever follows it never meets half an image.
 */
export async function executeImage(
  plan: ImagePlan,
  doors: Doors,
  around: Surroundings,
): Promise<{ record: ImageRecord; path: string }> {
  const started = doors.now();
  const log = join(
    around.root,
    recordFolder,
    `${started.toISOString().replace(/[:.]/g, '-')}-${plan.project}.log`,
  );
  const steps: ImageRecord['steps'] = [];
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const before = doors.now().getTime();
    try {
      return await work();
    } finally {
      steps.push({ name, seconds: (doors.now().getTime() - before) / 1000 });
    }
  };
  const finish = (rest: Partial<ImageRecord> & Pick<ImageRecord, 'outcome'>) => {
    const ended = doors.now();
    const record: ImageRecord = {
      record: 'image',
      startedAt: started.toISOString(),
      endedAt: ended.toISOString(),
      durationSeconds: (ended.getTime() - started.getTime()) / 1000,
      plan,
      steps,
      ...rest,
    };
    return { record, path: writeRecord(around.root, record) };
  };
  try {
    if (plan.state === 'waits') throw waitsFailure(plan);
    if (plan.state === 'build') {
      const engine = await doors.engine();
      for (const call of plan.builds) {
        await timed(`build ${call.target}`, () => build(call, engine, log, around));
      }
    }
    const manifest = await timed('check', () => readBack(plan, doors.registry));
    const layers = await layersOf(plan, manifest, doors.registry);
    if (plan.state !== 'current') await timed('tag', () => moveTags(plan, manifest, doors.registry));
    const outcome = ({ current: 'current', tag: 'tagged', build: 'built' } as const)[plan.state];
    return finish({
      outcome,
      digest: manifest.digest,
      layers,
      ...(plan.state === 'build' && { log: relative(around.root, log) }),
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return finish({ outcome: 'failed', problems: error.problems, log: relative(around.root, log) });
  }
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

function readLayers(raw: string): { digest: string; size: number }[] {
  return (JSON.parse(raw) as { layers?: { digest: string; size: number }[] }).layers ?? [];
}

/** Points every moving tag at the image, unless someone moved one since the plan was made. */
async function moveTags(plan: ImagePlan, manifest: Manifest, registry: Registry): Promise<void> {
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
