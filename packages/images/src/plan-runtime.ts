import {
  type Architecture,
  formatVersion,
  gpuContract,
  imageLabels,
  placedRepository,
  toPep440,
  type Version,
} from '@slipway/contract';
import { callComponents, checkSubstitute, foreignImage, planCall, usedMachine } from './call.ts';
import type { ContextCheckout, ContextFile, ImagePlan, PlanInputs, SourceTree } from './plan.ts';
import { planBase, planTools } from './plan-base.ts';

/** The plan of a runtime image before any registry was asked; `release` is absent for a build that is not published. */
export function planRuntime(
  inputs: PlanInputs,
  architecture: Architecture,
  release: { version: Version; movingTags: string[] } | undefined,
): ImagePlan {
  const { definition, machine, dockerfiles, sources, platform } = inputs;
  const base = planBase(inputs, architecture);
  const baseReference = `${base.repository}:${base.keyTag}`;
  const toolsReference = `${base.repository}:${planTools(inputs).tag}`;
  const repository = placedRepository(definition.repositories.runtime, machine);
  checkSubstitute(definition.images.os, foreignImage(inputs, definition.images.os), repository);
  const { name, path, command } = definition.application;
  const labels = {
    ...imageLabels(architecture, gpuContract(architecture, definition)),
    'io.slipway.kind': 'runtime',
    'io.slipway.application.name': name,
    'io.slipway.application.path': path,
    'io.slipway.application.command': JSON.stringify(command),
    ...(release && { 'org.opencontainers.image.version': formatVersion(release.version) }),
  };
  const call = planCall(dockerfiles.runtime, 'runtime', {
    platform,
    arguments: {
      SOURCE_PATHS: sources.map((tree) => tree.path).join(' '),
      BASE_IMAGE: 'slipway/base',
      TOOLS_IMAGE: 'slipway/tools',
      VERSION: release ? formatVersion(release.version) : '',
      PYTHON_VERSION: release ? toPep440(release.version) : '',
    },
    contexts: {
      main: { files: [] },
      sources: { files: sources.flatMap(filesInImage), checkouts: sources.flatMap(checkoutInImage) },
    },
    images: { 'slipway/base': baseReference, 'slipway/tools': toolsReference },
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
    movingTags: release ? release.movingTags : [`${architecture.name}-edge`],
    tagDigests: {},
    digest: null,
    components: callComponents(call),
    sources: sources.map(({ folder, path, git }) => ({ folder, path, git })),
    parent: { project: base.project, reference: baseReference, digest: null },
    builds: [call],
    siblings: [],
    diskGuardBytes: definition.limits.diskGuardBytes,
    limit: { name: 'runtime_layer', bytes: definition.limits.runtimeLayerBytes },
    machine: usedMachine(machine),
  };
}

/** Files of a source tree where they go, below the root of the image. */
function filesInImage({ folder, path, files }: SourceTree): ContextFile[] {
  return files.map((file) => ({
    ...file,
    path: `${belowRoot(path)}/${file.path}`,
    from: `${folder}/${file.path}`,
  }));
}

/** What makes a source tree a checkout in the image, where it is one here. What is dirty is in its files. */
function checkoutInImage({ folder, path, git }: SourceTree): ContextCheckout[] {
  if (git === null) return [];
  const { commit, branch, origin } = git;
  return [{ path: belowRoot(path), from: folder, commit, branch, origin }];
}

const belowRoot = (path: string): string => path.replace(/^\//, '');
