import {
  type Architecture,
  formatVersion,
  gpuContract,
  imageLabels,
  parsePyproject,
  placedRepository,
  toPep440,
  type Version,
} from '@slipway/contract';
import { planAttest } from './attest-plan.ts';
import { callComponents, checkSubstitute, foreignImage, planCall, usedMachine } from './call.ts';
import { checkDockerfileSecrets } from './dockerfile-secrets.ts';
import { applicationTexts } from './image-texts.ts';
import type {
  BuildCall,
  BuildContext,
  ContextCheckout,
  ContextFile,
  ImagePlan,
  PlanInputs,
  SourceTree,
} from './plan.ts';
import { planBase, planTools } from './plan-base.ts';

/** The plan of a runtime image before any registry was asked; `version` is absent for a build that is not published. */
export function planRuntime(
  inputs: PlanInputs,
  architecture: Architecture,
  version: Version | undefined,
): ImagePlan {
  const { definition, machine, dockerfiles, sources, platform } = inputs;
  checkDockerfileSecrets([dockerfiles.runtime]);
  const base = planBase(inputs, architecture);
  const baseReference = `${base.repository}:${base.keyTag}`;
  const repository = placedRepository(definition.repositories.runtime, machine);
  checkSubstitute(definition.images.os, foreignImage(inputs, definition.images.os), repository);
  const labels = {
    ...imageLabels(architecture, gpuContract(architecture, definition)),
    'io.slipway.kind': 'runtime',
    ...applicationLabels(definition),
    ...applicationTexts(
      inputs,
      architecture,
      'Runtime image',
      version ? formatVersion(version) : statedInPyproject(inputs),
    ),
  };
  const application = planApplication(inputs, `${base.repository}:${planTools(inputs).tag}`);
  const call = planCall(dockerfiles.runtime, 'runtime', {
    platform,
    arguments: {
      BASE_IMAGE: 'slipway/base',
      TOOLS_IMAGE: 'slipway/tools',
      VERSION: version ? formatVersion(version) : '',
      PYTHON_VERSION: version ? toPep440(version) : statedInPyproject(inputs),
    },
    contexts: {
      main: { files: [] },
      release: releaseContext(sources),
    },
    images: {
      'slipway/base': baseReference,
      ...application.images,
      // It has its key, and so its tag, when the digest of the tools image is known.
      'application-image': `${repository}:application`,
    },
    labels,
    lazy: true,
  });
  return {
    project: `runtime-${architecture.name}`,
    kind: 'runtime',
    architecture: architecture.name,
    state: 'waits',
    reason: `stands on base-${architecture.name}, which is not in the registry yet`,
    repository,
    key: null,
    keyTag: null,
    movingTags: [`${architecture.name}-${version ? formatVersion(version) : 'edge'}`],
    tagDigests: {},
    digest: null,
    components: { ...callComponents(call), application: callComponents(application) },
    sources: plannedSources(sources),
    parent: { project: base.project, reference: baseReference, digest: null },
    builds: [application, call],
    siblings: [],
    diskGuardBytes: definition.limits.diskGuardBytes,
    limit: { name: 'runtime_layer', bytes: definition.limits.runtimeLayerBytes },
    ...planAttest(definition.supplyChain),
    machine: usedMachine(machine),
  };
}

/**
 * What all versions and architectures of the same sources share, kept as a small image of its own: a release of what was
 * published before finds it there, and only makes the layer of its version.
 */
function planApplication({ dockerfiles, sources, platform }: PlanInputs, tools: string): BuildCall {
  return planCall(dockerfiles.runtime, 'application-image', {
    platform,
    arguments: {
      SOURCE_PATHS: sourcePaths(sources),
      TOOLS_IMAGE: 'slipway/tools',
    },
    contexts: {
      main: { files: [] },
      sources: sourcesContext(sources),
    },
    images: { 'slipway/tools': tools },
    labels: { 'io.slipway.kind': 'application' },
    // Its files get the one date, and nothing is unpacked.
    lazy: true,
  });
}

/** Where the source trees lie in an image, the application first. */
export const sourcePaths = (sources: readonly SourceTree[]): string =>
  sources.map((tree) => tree.path).join(' ');

/** What a plan tells of the source trees in its image. */
export const plannedSources = (sources: readonly SourceTree[]): NonNullable<ImagePlan['sources']> =>
  sources.map(({ folder, path, git, distribution }) => ({
    folder,
    path,
    git,
    ...(distribution && { distribution }),
  }));

/** What all versions of the source trees share. */
export function sourcesContext(sources: readonly SourceTree[]): BuildContext {
  return {
    files: sources.flatMap((tree) => filesInImage(tree, (file) => !(file in tree.neutral))),
    texts: Object.fromEntries(
      sources.flatMap(({ path, neutral }) =>
        Object.entries(neutral).map(([file, text]) => [`${belowRoot(path)}/${file}`, text]),
      ),
    ),
    checkouts: sources.flatMap((tree) => checkoutInImage(tree, 'tree')),
  };
}

/** What each version of the source trees has of its own. */
export function releaseContext(sources: readonly SourceTree[]): BuildContext {
  return {
    files: sources.flatMap((tree) => filesInImage(tree, (file) => file in tree.neutral)),
    checkouts: sources.flatMap((tree) => checkoutInImage(tree, 'commit')),
  };
}

/** Labels that say what the application is and how it is started. */
export const applicationLabels = ({
  application: { name, path, command },
}: PlanInputs['definition']): BuildCall['labels'] => ({
  'io.slipway.application.name': name,
  'io.slipway.application.path': path,
  'io.slipway.application.command': JSON.stringify(command),
});

/** Of a build that is no release: what the application says of itself, where it says anything. */
export const statedInPyproject = ({ pyproject }: PlanInputs): string =>
  parsePyproject(pyproject.text, pyproject.file).version ?? '0';

/** Files of a source tree where they go, below the root of the image. */
function filesInImage({ folder, path, files }: SourceTree, wanted: (path: string) => boolean): ContextFile[] {
  return files
    .filter((file) => wanted(file.path))
    .map((file) => ({
      ...file,
      path: `${belowRoot(path)}/${file.path}`,
      from: `${folder}/${file.path}`,
    }));
}

/** What makes a source tree a checkout in the image, where it is one here. What is dirty is in its files. */
function checkoutInImage(
  { folder, path, git, neutral, neutralTree }: SourceTree,
  part: ContextCheckout['part'],
): ContextCheckout[] {
  if (git === null || neutralTree === null) return [];
  const { commit, branch, origin } = git;
  return [{ path: belowRoot(path), from: folder, part, commit, branch, origin, neutralTree, neutral }];
}

const belowRoot = (path: string): string => path.replace(/^\//, '');
