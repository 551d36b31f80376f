import type { Architecture, Definition, MachineSettings } from '@slipway/contract';
import {
  formatReference,
  formatVersion,
  gpuContract,
  type ImageReference,
  imageLabels,
  parseReference,
  placedRepository,
  toPep440,
  type Version,
} from '@slipway/contract';
import { type DockerfileSource, stageClosure } from './dockerfile.ts';
import { buildKey, type Json, type KeyComponents } from './key.ts';
import { splitLock } from './lock.ts';

/** A file that enters a build, by what it is and not by where or when it was written. */
export interface ContextFile {
  path: string;
  executable: boolean;
  sha256: string;
  /** Target of a symbolic link; its hash is that of the target's text. */
  link?: string;
}

/** A folder that a build sees under a name: files of the workspace, or files that the plan itself writes. */
export interface BuildContext {
  /** Folder of the workspace that the files lie in; absent when `texts` holds them. */
  folder?: string;
  files: ContextFile[];
  texts?: Record<string, string>;
}

/** One call of the builder. */
export interface BuildCall {
  target: string;
  dockerfile: DockerfileSource;
  platform: string;
  arguments: Record<string, string>;
  /** Named contexts; `main` is the one that COPY without --from reads. */
  contexts: Record<string, BuildContext>;
  /** Image named in the Dockerfile -> where the engine finds it. */
  images: Record<string, string>;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  push: string;
  /** The image that the target stands on stays in the registry: nothing in the last stage may need its files. */
  lazy: boolean;
  inlineCache: boolean;
  cacheFrom: string[];
}

/** Where an image stands against its registry. */
export type State =
  /** The key tag is there and every moving tag points at it: nothing to do. */
  | 'current'
  /** The key tag is there, a moving tag is not at it: only tags are moved. */
  | 'tag'
  /** There is no image of this key. */
  | 'build'
  /** The image stands on one that is not there yet; its key follows when that is built. */
  | 'waits';

/** What will be done for one image, and why. Complete: executing adds nothing to it. */
export interface ImagePlan {
  project: string;
  kind: 'base' | 'runtime';
  architecture: string;
  state: State;
  reason: string;
  repository: string;
  key: string | null;
  keyTag: string | null;
  movingTags: string[];
  /** What each moving tag points at now; a tag that someone else moves meanwhile is left alone. */
  tagDigests: Record<string, string | null>;
  /** Digest under the key tag, when it exists. */
  digest: string | null;
  components: KeyComponents;
  /** Project and reference of the image this one stands on. */
  parent: { project: string; reference: string; digest: string | null } | null;
  builds: BuildCall[];
  /** Settings of this machine that the plan used. */
  machine: { substitutes: Record<string, string>; repositories: Record<string, string> };
}

/** Everything that planning looks at, read beforehand. */
export interface PlanInputs {
  definition: Definition;
  machine: MachineSettings;
  dockerfiles: { base: DockerfileSource; runtime: DockerfileSource };
  /** Text of the lock of each architecture. */
  locks: Record<string, string>;
  /** The application's pyproject.toml, when its source is a folder of the workspace. */
  pyproject: { file: string; text: string } | null;
  /** Files of the application, listed in any order. */
  application: ContextFile[];
  /** Foreign image -> its digest, asked of the registry or fixed by a substitute. */
  foreign: Record<string, { reference: string; digest: string; substitute: boolean }>;
  platform: string;
}

/** What registries said: reference -> digest, or null when it does not exist. */
export type RegistryAnswers = Record<string, string | null>;

/** Installer inside the images. The version is part of every key that it has a hand in. */
const uvVersion = '0.13.9';
/** 1980-01-01, the first date that a zip file can hold: every file of every image carries it. */
const sourceDateEpoch = '315532800';

/** The plan of a base image before any registry was asked. */
export function planBase(inputs: PlanInputs, architecture: Architecture): ImagePlan {
  const { definition, machine } = inputs;
  const os = foreignImage(inputs, definition.images.os);
  const split = splitLock(inputs.locks[architecture.name] ?? '');
  const repository = placedRepository(definition.repositories.base, machine);
  const labels = {
    ...imageLabels(architecture, gpuContract(architecture, definition)),
    'io.slipway.kind': 'base',
    ...(os.substitute && { 'io.slipway.substitute': `${definition.images.os}=${os.digest}` }),
  };
  const tools = planTools(inputs, architecture);
  const call: BuildCall = {
    ...tools.call,
    target: 'base',
    contexts: {
      main: { files: [], texts: { 'torch.txt': split.torch, 'dependencies.txt': split.dependencies } },
    },
    labels,
    inlineCache: true,
    cacheFrom: [`${repository}:${architecture.tag}`],
  };
  const components = callComponents(call, inputs, { os: foreignComponent(os), labels });
  const key = buildKey(components);
  const keyTag = `${architecture.tag}-${key.slice(0, 12)}`;
  const plan: ImagePlan = {
    project: `base-${architecture.name}`,
    kind: 'base',
    architecture: architecture.name,
    state: 'build',
    reason: '',
    repository,
    key,
    keyTag,
    movingTags: [architecture.tag],
    tagDigests: {},
    digest: null,
    components,
    parent: null,
    builds: [
      { ...call, labels: { ...labels, 'io.slipway.build.key': key }, push: `${repository}:${keyTag}` },
      { ...tools.call, push: `${repository}:${tools.tag}` },
    ],
    machine: usedMachine(machine),
  };
  return plan;
}

/** The plan of a runtime image before any registry was asked; `release` is absent for a build that is not published. */
export function planRuntime(
  inputs: PlanInputs,
  architecture: Architecture,
  release: { version: Version; movingTags: string[] } | undefined,
): ImagePlan {
  const { definition, machine, dockerfiles, application } = inputs;
  const base = planBase(inputs, architecture);
  const baseReference = `${base.repository}:${base.keyTag}`;
  const toolsReference = base.builds[1]?.push ?? '';
  const repository = placedRepository(definition.repositories.runtime, machine);
  const { name, path, command, source } = definition.application;
  const labels = {
    ...imageLabels(architecture, gpuContract(architecture, definition)),
    'io.slipway.kind': 'runtime',
    'io.slipway.application.name': name,
    'io.slipway.application.path': path,
    'io.slipway.application.command': JSON.stringify(command),
    ...(release && { 'org.opencontainers.image.version': formatVersion(release.version) }),
  };
  const call: BuildCall = {
    target: 'runtime',
    dockerfile: dockerfiles.runtime,
    platform: inputs.platform,
    arguments: {
      APPLICATION_PATH: path,
      BASE_IMAGE: 'slipway/base',
      TOOLS_IMAGE: 'slipway/tools',
      SOURCE_DATE_EPOCH: sourceDateEpoch,
      VERSION: release ? formatVersion(release.version) : '',
      PYTHON_VERSION: release ? toPep440(release.version) : '',
    },
    contexts: {
      main: { files: [], texts: {} },
      'application-source': { ...(source.kind === 'folder' && { folder: source.path }), files: application },
    },
    images: { 'slipway/base': baseReference, 'slipway/tools': toolsReference },
    labels,
    annotations: {},
    push: '',
    lazy: true,
    inlineCache: false,
    cacheFrom: [],
  };
  return {
    project: `runtime-${architecture.name}`,
    kind: 'runtime',
    architecture: architecture.name,
    state: 'waits',
    reason: `stands on base-${architecture.name}, which is not in the registry yet`,
    repository,
    key: null,
    keyTag: null,
    movingTags: release ? release.movingTags : [`${architecture.name}-edge`],
    tagDigests: {},
    digest: null,
    components: callComponents(call, inputs, { labels }),
    parent: { project: base.project, reference: baseReference, digest: null },
    builds: [call],
    machine: usedMachine(machine),
  };
}

/** References whose digests decide the state of a plan. */
export function questions(plan: ImagePlan): string[] {
  const own = [plan.keyTag, ...plan.movingTags]
    .filter((tag) => tag !== null)
    .map((tag) => `${plan.repository}:${tag}`);
  const others =
    plan.kind === 'base'
      ? plan.builds.slice(1).map(({ push }) => push)
      : Object.values(plan.builds[0]?.images ?? {});
  return [...own, ...others];
}

/**
 * Holds a plan against what the registries said. A runtime image's key needs its parents' digests: while one is
 * missing the plan waits, and once they are known this gives the same plan with its key.
 */
export function settle(plan: ImagePlan, answers: RegistryAnswers): ImagePlan {
  const known = plan.kind === 'runtime' ? standOnParents(plan, answers) : plan;
  if (known.keyTag === null) return known;
  const digest = answers[`${known.repository}:${known.keyTag}`] ?? null;
  const tagDigests = Object.fromEntries(
    known.movingTags.map((tag) => [tag, answers[`${known.repository}:${tag}`] ?? null]),
  );
  const extras = known.kind === 'base' ? known.builds.slice(1).filter(({ push }) => !answers[push]) : [];
  const moved = known.movingTags.filter((tag) => tagDigests[tag] !== digest);
  const settled = { ...known, digest, tagDigests };
  if (digest === null || extras.length > 0) {
    const what = digest === null ? `${known.repository}:${known.keyTag}` : extras[0]?.push;
    return { ...settled, state: 'build', reason: `${what} is not in the registry` };
  }
  if (moved.length > 0) {
    return { ...settled, state: 'tag', reason: `built already; ${moved.join(', ')} does not point at it` };
  }
  return { ...settled, state: 'current', reason: `built already: ${known.keyTag}` };
}

/** Puts the parents' digests into a runtime image's plan, and with them its key. */
function standOnParents(plan: ImagePlan, answers: RegistryAnswers): ImagePlan {
  const [call] = plan.builds;
  if (call === undefined || plan.parent === null) return plan;
  const digests = Object.fromEntries(
    Object.entries(call.images).map(([name, at]) => [name, answers[withoutDigest(at)] ?? null]),
  );
  if (Object.values(digests).includes(null)) return { ...plan, key: null, keyTag: null, state: 'waits' };
  const pinned = (name: string, at: string) => `${withoutDigest(at)}@${digests[name]}`;
  const images = Object.fromEntries(
    Object.entries(call.images).map(([name, at]) => [name, pinned(name, at)]),
  );
  const parentDigest = digests['slipway/base'] ?? null;
  const components = { ...plan.components, base: parentDigest, tools: digests['slipway/tools'] ?? null };
  const key = buildKey(components);
  const keyTag = `${plan.architecture}-${key.slice(0, 12)}`;
  return {
    ...plan,
    key,
    keyTag,
    components,
    parent: { ...plan.parent, digest: parentDigest },
    builds: [
      {
        ...call,
        images,
        labels: { ...call.labels, 'io.slipway.build.key': key },
        annotations: {
          'org.opencontainers.image.base.name': plan.parent.reference,
          'org.opencontainers.image.base.digest': parentDigest ?? '',
        },
        push: `${plan.repository}:${keyTag}`,
      },
    ],
  };
}

/** The image that builds are done with: the base's OS and Python, and the installer. Equal for architectures with equal packages. */
export function planTools(inputs: PlanInputs, architecture: Architecture): { tag: string; call: BuildCall } {
  const { definition, dockerfiles } = inputs;
  const os = foreignImage(inputs, definition.images.os);
  const call: BuildCall = {
    target: 'tools',
    dockerfile: dockerfiles.base,
    platform: inputs.platform,
    arguments: {
      OS_IMAGE: definition.images.os,
      SYSTEM_PACKAGES: [...architecture.systemPackages].sort().join(' '),
      UV_VERSION: uvVersion,
      SOURCE_DATE_EPOCH: sourceDateEpoch,
    },
    contexts: { main: { files: [], texts: {} } },
    images: { [definition.images.os]: os.reference },
    labels: { 'io.slipway.kind': 'tools' },
    annotations: {},
    push: '',
    lazy: false,
    inlineCache: false,
    cacheFrom: [],
  };
  const key = buildKey(callComponents(call, inputs, { os: foreignComponent(os) }));
  return { tag: `tools-${key.slice(0, 12)}`, call };
}

/** The components that every kind of image has. */
function callComponents(call: BuildCall, inputs: PlanInputs, more: KeyComponents): KeyComponents {
  const closure = stageClosure(call.dockerfile, call.target);
  const used = Object.entries(call.arguments).filter(
    ([name]) => closure.arguments.includes(name) && !name.endsWith('_IMAGE'),
  );
  const files = Object.entries(call.contexts).map(([name, { files: listed, texts = {} }]) => [
    name,
    {
      files: Object.fromEntries(
        [...listed]
          .sort((a, b) => (a.path < b.path ? -1 : 1))
          .map((file) => [
            file.path,
            `${file.executable ? 'x' : '-'}${file.link === undefined ? '' : 'l'} ${file.sha256}`,
          ]),
      ),
      texts,
    },
  ]);
  return {
    platform: inputs.platform,
    dockerfile: closure.text,
    arguments: Object.fromEntries(used) as Json,
    files: Object.fromEntries(files) as Json,
    ...more,
  };
}

function foreignImage(inputs: PlanInputs, name: string) {
  const found = inputs.foreign[name];
  if (found === undefined) throw new Error(`no digest was read for the foreign image ${name}`);
  return found;
}

/** A foreign image enters a key by its bytes, and by being a substitute; never by where it was found. */
const foreignComponent = ({ digest, substitute }: { digest: string; substitute: boolean }): Json => ({
  digest,
  substitute,
});

const usedMachine = ({ substitutes, repositories }: MachineSettings) => ({ substitutes, repositories });

/** A reference by tag alone, as it was asked for. */
function withoutDigest(reference: string): string {
  const parsed: ImageReference = parseReference(reference);
  return formatReference({ ...parsed, digest: null });
}
