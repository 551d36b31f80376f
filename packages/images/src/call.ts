import { createHash } from 'node:crypto';
import { Failure, isLocal, type MachineSettings, parseReference } from '@slipway/contract';
import { type DockerfileSource, stageClosure } from './dockerfile.ts';
import { annotationsOf } from './image-texts.ts';
import type { Json, KeyComponents } from './key.ts';
import type { BuildCall, BuildContext, ForeignImage, ImagePlan, PlanInputs } from './plan.ts';

/** 1980-01-01, the first date that a zip file can hold: every file of every image carries it. */
const sourceDateEpoch = '315532800';

/** Arguments that change how a build goes and not what comes out of it. */
const indifferent = new Set(['MAX_JOBS', 'SOURCE_DATE_EPOCH']);

/** A call of the builder with what calls have in common; only arguments that the target uses are passed. */
export function planCall(
  dockerfile: DockerfileSource,
  target: string,
  call: Pick<BuildCall, 'platform' | 'arguments' | 'contexts'> & Partial<BuildCall>,
): BuildCall {
  const { arguments: used } = closureOf({ dockerfile, target, ...call });
  const passed = Object.entries(call.arguments).filter(([name]) => used.includes(name));
  return {
    images: {},
    labels: {},
    annotations: annotationsOf(call.labels ?? {}),
    push: null,
    lazy: false,
    inlineCache: false,
    compressionLevel: 3,
    cacheFrom: [],
    fresh: [],
    ...call,
    target,
    dockerfile,
    arguments: { ...Object.fromEntries(passed), SOURCE_DATE_EPOCH: sourceDateEpoch },
  };
}

/** The components of a build key that every call has. */
export function callComponents(call: BuildCall, more: KeyComponents = {}): KeyComponents {
  const decisive = Object.entries(call.arguments).filter(
    // An image enters by its digest, under a name of its own, never by where it lies.
    ([name]) => !indifferent.has(name) && !name.endsWith('_IMAGE'),
  );
  const files = Object.entries(call.contexts).map(([name, context]) => [name, contextComponent(context)]);
  return {
    platform: call.platform,
    dockerfile: closureOf(call).text,
    arguments: Object.fromEntries(decisive) as Json,
    files: Object.fromEntries(files) as Json,
    labels: call.labels,
    ...more,
  };
}

/** A foreign image enters a key by its bytes, and by being a substitute; never by where it was found. */
export const foreignComponent = ({ digest, substitute }: ForeignImage): Json => ({ digest, substitute });

/**
 * A foreign image that a plan stands on.
 * @throws Failure with the reason why it is not known where it is.
 */
export function foreignImage({ foreign }: PlanInputs, name: string): ForeignImage {
  const found = foreign[name];
  if (found === undefined) throw new Error(`the foreign image ${name} was not looked up`);
  if ('code' in found) throw new Failure(found);
  return found;
}

/**
 * What was built from other bytes than the definition names must stay on this machine.
 * @throws Failure `substitute-public`.
 */
export function checkSubstitute(name: string, image: ForeignImage, repository: string): void {
  if (!image.substitute || isLocal(parseReference(repository).registry)) return;
  throw new Failure({
    code: 'substitute-public',
    where: { file: '.slipway/machine.json' },
    message: `${name} is replaced by a substitute, and ${repository} would receive what is built from it`,
    remedy:
      'name a mirror with the same bytes instead, or send the repositories to a registry of this machine ("repositories": {"*": "localhost:5000"})',
  });
}

export const usedMachine = ({ substitutes, repositories }: MachineSettings): ImagePlan['machine'] => ({
  substitutes,
  repositories,
});

function closureOf(
  call: Pick<BuildCall, 'dockerfile' | 'target' | 'contexts' | 'arguments'> & Partial<BuildCall>,
) {
  const replaced = [...Object.keys(call.contexts), ...Object.keys(call.images ?? {})];
  return stageClosure(call.dockerfile, call.target, { replaced, arguments: call.arguments });
}

function contextComponent({ files, checkouts = [], texts = {}, parts, downloads = [] }: BuildContext): Json {
  if (parts !== undefined) return parts;
  return {
    // A commit or a tree names everything that is packed for it; where its repository lies says nothing.
    ...(checkouts.length > 0 && {
      checkouts: Object.fromEntries(
        checkouts.map(({ path, part, commit, branch, origin, neutralTree }) => [
          path,
          { branch, origin, neutralTree, ...(part === 'commit' && { commit }) },
        ]),
      ),
    }),
    files: Object.fromEntries(
      [...files]
        .sort((a, b) => (a.path < b.path ? -1 : 1))
        .map((file) => [
          file.path,
          `${file.executable ? 'x' : '-'}${file.link === undefined ? '' : 'l'} ${file.sha256}`,
        ]),
    ),
    texts: Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, sha256(text)])),
    downloads: Object.fromEntries(downloads.map(({ name, sha256 }) => [name, sha256])),
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
