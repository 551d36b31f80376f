import { type Architecture, gpuContract, imageLabels, placedRepository } from '@slipway/contract';
import {
  callComponents,
  checkSubstitute,
  foreignComponent,
  foreignImage,
  planCall,
  usedMachine,
} from './call.ts';
import { developerImage } from './developer-image.ts';
import { joinDockerfiles } from './dockerfile.ts';
import { checkDockerfileSecrets } from './dockerfile-secrets.ts';
import { applicationTexts } from './image-texts.ts';
import { buildKey } from './key.ts';
import { splitLock } from './lock.ts';
import type { BuildCall, ImagePlan, PlanInputs } from './plan.ts';
import {
  locksContext,
  type PlannedWheel,
  planTools,
  planWheel,
  relatives,
  systemPackages,
} from './plan-base.ts';
import {
  applicationLabels,
  plannedSources,
  releaseContext,
  sourcePaths,
  sourcesContext,
  statedInPyproject,
} from './plan-runtime.ts';

/** The tag that people start dev images by, whatever architecture it was made for last. */
const devTag = 'dev';

/**
 * The plan of a dev image before any registry was asked.
 * @param push true: it goes to its repository, under a key tag; false: into the engine of this machine, where it has the
 *   name of the definition wherever the repositories are sent.
 * @throws Failure `substitute-public`, and with the reason why a foreign image is not known.
 */
export function planDev(inputs: PlanInputs, architecture: Architecture, push: boolean): ImagePlan {
  const { definition, machine, dockerfiles, sources, platform } = inputs;
  checkDockerfileSecrets([dockerfiles.base, dockerfiles.runtime, dockerfiles.dev]);
  const contract = gpuContract(architecture, definition);
  const developerName = developerImage(architecture, definition);
  const os = foreignImage(inputs, definition.images.os);
  const developer = foreignImage(inputs, developerName);
  const base = placedRepository(definition.repositories.base, machine);
  const repository = push
    ? placedRepository(definition.repositories.dev, machine)
    : definition.repositories.dev;
  const foreign = Object.entries({ [definition.images.os]: os, [developerName]: developer });
  if (push) for (const [name, image] of foreign) checkSubstitute(name, image, repository);
  const substitutes = foreign.filter(([, { substitute }]) => substitute);
  const wheel = planWheel(inputs, architecture, contract);
  const lock = inputs.locks[architecture.name] ?? { requirements: '', native: '' };
  const { cuda, torch, dependencies } = splitLock(lock.requirements);
  const labels = {
    ...imageLabels(architecture, contract),
    'io.slipway.kind': 'dev',
    ...applicationLabels(definition),
    ...applicationTexts(inputs, architecture, 'Dev image', statedInPyproject(inputs)),
    'org.opencontainers.image.title': `${definition.repositories.dev}:${devTag}`,
    ...(substitutes.length > 0 && {
      'io.slipway.substitute': substitutes.map(([name, { digest }]) => `${name}=${digest}`).join(' '),
    }),
  };
  const movingTags = [devTag, `${devTag}-${architecture.name}`];
  const call = planCall(joinDockerfiles([dockerfiles.base, dockerfiles.runtime, dockerfiles.dev]), 'dev', {
    platform,
    arguments: {
      OS_IMAGE: definition.images.os,
      CUDA_DEVEL_IMAGE: developerName,
      // A stage here: the application is laid out with it as for a runtime image.
      TOOLS_IMAGE: 'tools-image',
      SYSTEM_PACKAGES: systemPackages(architecture),
      EXCLUDES: architecture.excludes.join(' '),
      BYTECODE: architecture.bytecode ? '1' : '0',
      FLASH_ATTENTION: wheel === null ? 'none' : 'installed',
      FLASH_ATTN_CUDA_ARCHS: contract.flashAttnCudaArchs,
      CUDA_ARCH_LIST: contract.torchCudaArchList,
      MAX_JOBS: inputs.maxJobs === null ? '' : String(inputs.maxJobs),
      SOURCE_PATHS: sourcePaths(sources),
      VERSION: '',
      PYTHON_VERSION: statedInPyproject(inputs),
    },
    contexts: {
      ...planTools(inputs).call.contexts,
      ...(wheel && 'context' in wheel && { 'flash-attention-wheel': wheel.context }),
      locks: locksContext({
        'cuda.txt': cuda,
        'torch.txt': torch,
        'dependencies.txt': dependencies,
        'native.txt': lock.native,
      }),
      'dev-lock': locksContext({ 'dev.txt': lock.dev ?? '' }),
      sources: sourcesContext(sources),
      release: releaseContext(sources),
    },
    images: { [definition.images.os]: os.reference, [developerName]: developer.reference },
    labels,
    compressionLevel: definition.build.compressionLevel,
    // Layers that are a base's are taken from there.
    cacheFrom: [architecture, ...relatives(inputs, architecture)].map(({ tag }) => `${base}:${tag}`),
    ...(push ? { inlineCache: true } : { load: movingTags.map((tag) => `${repository}:${tag}`) }),
  });
  const kept = withKeptWheel(call, wheel, base);
  const components = callComponents(kept, {
    os: foreignComponent(os),
    developer: foreignComponent(developer),
    ...(wheel && 'key' in wheel && { flashAttentionWheel: wheel.key }),
  });
  const key = buildKey(components);
  const keyTag = `${devTag}-${architecture.name}-${key.slice(0, 12)}`;
  return {
    project: `dev-${architecture.name}`,
    kind: 'dev',
    architecture: architecture.name,
    state: 'build',
    reason: '',
    repository,
    key,
    keyTag,
    movingTags: push ? movingTags : [],
    tagDigests: {},
    digest: null,
    components,
    sources: plannedSources(sources),
    parent: null,
    builds: [
      {
        ...kept,
        labels: { ...labels, 'io.slipway.build.key': key, 'io.slipway.build.key-tag': keyTag },
        push: push ? `${repository}:${keyTag}` : null,
      },
    ],
    siblings: [],
    diskGuardBytes: null,
    limit: null,
    machine: usedMachine(machine),
  };
}

/**
 * The wheel that bases keep stands in its stage's place. When it is not there the stage is built, so that nobody needs
 * to write into the bases' repository to have a dev image: see `settle`.
 */
function withKeptWheel(call: BuildCall, wheel: PlannedWheel | null, repository: string): BuildCall {
  if (wheel === null || !('tag' in wheel)) return call;
  return { ...call, images: { ...call.images, [wheelStage]: `${repository}:${wheel.tag}` } };
}

/** The stage whose place a kept wheel takes. */
export const wheelStage = 'flash-attention-wheel';

/** Whether a call compiles flash-attention, which takes hours and a strong builder: nothing takes the stage's place. */
export const compilesWheel = (call: BuildCall): boolean =>
  call.target === wheelStage ||
  (call.target === 'dev' &&
    call.arguments.FLASH_ATTENTION === 'installed' &&
    !(wheelStage in call.images || wheelStage in call.contexts));
