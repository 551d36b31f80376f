import { formatReference, type ImageReference, parseReference } from '@slipway/contract';
import { buildKey } from './key.ts';
import { type BuildCall, type ImagePlan, imageCall, isLoaded, type RegistryAnswers } from './plan.ts';
import { compilesWheel, wheelStage } from './plan-dev.ts';

/** References whose digests decide the state of a plan. */
export function questions(plan: ImagePlan): string[] {
  const wheel = keptWheel(plan);
  if (isLoaded(plan)) return wheel === undefined ? [] : [wheel];
  const own = [plan.keyTag, ...plan.movingTags].filter((tag) => tag !== null);
  const helpers = helperBuilds(plan).flatMap(({ push }) => push ?? []);
  const parents = plan.kind === 'runtime' ? parentsOf(plan).map(([, at]) => at) : [];
  const asked = [...helpers, ...parents, ...(wheel === undefined ? [] : [wheel])];
  return [...own.map((tag) => `${plan.repository}:${tag}`), ...asked].map(withoutDigest);
}

/**
 * Holds a plan against what the registries said. A runtime image's key needs its parents' digests: while one is
 * missing the plan waits, and once they are known this gives the same plan with its key.
 */
export function settle(plan: ImagePlan, answers: RegistryAnswers): ImagePlan {
  const known = plan.kind === 'runtime' ? standOnParents(plan, answers) : takeWheel(plan, answers);
  if (isLoaded(known)) {
    const reason = `made for the engine of this machine, as ${imageCall(known)?.load?.[0]}${compiling(known)}`;
    return { ...known, reason };
  }
  if (known.keyTag === null) return known;
  const digest = answers[`${known.repository}:${known.keyTag}`] ?? null;
  const tagDigests = Object.fromEntries(
    known.movingTags.map((tag) => [tag, answers[`${known.repository}:${tag}`] ?? null]),
  );
  const settled = { ...known, digest, tagDigests };
  if (digest === null) {
    // A helper image that is there is taken as it is: a kept wheel costs hours.
    const there = helperBuilds(known).filter(({ push }) => push !== null && answers[push]);
    const builds = known.builds.filter((call) => !there.includes(call));
    const reason = `${known.repository}:${known.keyTag} is not in the registry${compiling(known)}`;
    return { ...settled, builds, state: 'build', reason };
  }
  // Others are built with the tools and wheels of a base; of a runtime image nothing else is made.
  const builds =
    known.kind === 'base' ? helperBuilds(known).filter(({ push }) => push !== null && !answers[push]) : [];
  if (builds.length > 0) {
    const missing = builds.map(({ push }) => push).join(', ');
    return { ...settled, builds, state: 'build', reason: `${missing} is not in the registry` };
  }
  const moved = known.movingTags.filter((tag) => tagDigests[tag] !== digest);
  if (moved.length > 0) {
    return { ...settled, state: 'tag', reason: `built already; ${moved.join(', ')} does not point at it` };
  }
  return { ...settled, state: 'current', reason: `built already: ${known.keyTag}` };
}

/** Where the wheel lies that a dev image takes from the bases' repository. */
function keptWheel(plan: ImagePlan): string | undefined {
  const wheel = plan.kind === 'dev' ? imageCall(plan)?.images[wheelStage] : undefined;
  return wheel === undefined ? undefined : withoutDigest(wheel);
}

/** Of a dev image: a wheel that is not kept anywhere is compiled in its own build, by the same stage. */
function takeWheel(plan: ImagePlan, answers: RegistryAnswers): ImagePlan {
  const wheel = keptWheel(plan);
  if (wheel === undefined || answers[wheel]) return plan;
  const compile = (call: BuildCall): BuildCall => {
    const { [wheelStage]: _, ...images } = call.images;
    return { ...call, images };
  };
  return { ...plan, builds: plan.builds.map(compile) };
}

/** What a person should know of a dev image before it begins. */
const compiling = ({ kind, builds }: ImagePlan): string =>
  kind === 'dev' && builds.some(compilesWheel)
    ? '; flash-attention is compiled for it, which takes hours, since no base has kept its wheel'
    : '';

/** Calls that push an image beside the one that the plan is for. */
function helperBuilds({ builds, kind }: ImagePlan): BuildCall[] {
  return builds.filter(({ push, target }) => push !== null && target !== kind);
}

/** The images that a runtime image is made from and that it does not make itself, under their names in the Dockerfile. */
function parentsOf({ builds }: ImagePlan): [name: string, at: string][] {
  return Object.entries(
    Object.assign({}, ...builds.map(({ images }) => images)) as BuildCall['images'],
  ).filter(([name]) => name !== 'application-image');
}

/** Puts the parents' digests into a runtime image's plan, and with them its key. */
function standOnParents(plan: ImagePlan, answers: RegistryAnswers): ImagePlan {
  const call = imageCall(plan);
  if (call === undefined || plan.parent === null) return plan;
  const parents = parentsOf(plan).map(([name, at]): [string, string, string | null] => {
    const reference = withoutDigest(at);
    return [name, reference, answers[reference] ?? null];
  });
  const missing = parents.flatMap(([, reference, digest]) => (digest === null ? [reference] : []));
  if (missing.length > 0) {
    const reason = `stands on ${missing.join(' and ')}, which ${missing.length > 1 ? 'are' : 'is'} not in the registry yet`;
    return { ...plan, key: null, keyTag: null, state: 'waits', reason };
  }
  const pinned = Object.fromEntries(
    parents.map(([name, reference, digest]) => [name, `${reference}@${digest}`]),
  );
  const digestOf = (image: string) => parents.find(([name]) => name === image)?.[2] ?? null;
  const parentDigest = digestOf('slipway/base');
  const components = { ...plan.components, base: parentDigest, tools: digestOf('slipway/tools') };
  const key = buildKey(components);
  const keyTag = `${plan.architecture}-${key.slice(0, 12)}`;
  const applicationKey = buildKey({
    application: plan.components.application ?? null,
    tools: components.tools,
  });
  const application = `${plan.repository}:application-${applicationKey.slice(0, 12)}`;
  const place = (each: BuildCall): BuildCall =>
    each.target === 'application-image'
      ? { ...each, images: pick(each.images, pinned), push: application }
      : {
          ...each,
          images: { ...pick(each.images, pinned), 'application-image': application },
          labels: { ...each.labels, 'io.slipway.build.key': key, 'io.slipway.build.key-tag': keyTag },
          annotations: {
            ...each.annotations,
            'org.opencontainers.image.base.name': plan.parent?.reference ?? '',
            'org.opencontainers.image.base.digest': parentDigest ?? '',
          },
          push: `${plan.repository}:${keyTag}`,
        };
  return {
    ...plan,
    key,
    keyTag,
    components,
    parent: { ...plan.parent, digest: parentDigest },
    builds: plan.builds.map(place),
  };
}

/** Those of the found images that a call names. */
function pick(images: BuildCall['images'], found: Record<string, string>): BuildCall['images'] {
  return Object.fromEntries(
    Object.keys(images).flatMap((name) => (found[name] ? [[name, found[name]]] : [])),
  );
}

/** A reference by tag alone, as it was asked for. */
function withoutDigest(reference: string): string {
  const parsed: ImageReference = parseReference(reference);
  return formatReference({ ...parsed, digest: null });
}
