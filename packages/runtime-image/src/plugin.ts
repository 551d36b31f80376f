import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CreateNodesV2, createNodesFromFiles, type ProjectConfiguration } from '@nx/devkit';
import { sourceFolders } from '@slipway/contract';
import { releaseInputs } from '@slipway/images/release-inputs';

/** One project for each runtime image, inferred from its architecture's definition, and `runtime-image` for all of them. */
export const createNodesV2: CreateNodesV2 = [
  '{slipway.toml,architectures/*/architecture.toml}',
  (files, options, context) => {
    const sources = readSources(context.workspaceRoot);
    const release = releaseInputs(context.workspaceRoot);
    return createNodesFromFiles(
      (file) => ({
        projects:
          file === 'slipway.toml'
            ? { [allRuntimes.root]: allRuntimes }
            : runtimeProject(dirname(file), sources, release),
      }),
      files,
      options,
      context,
    );
  },
];

// These projects have no files of their own: their roots are names only, and no such folder exists.
const allRuntimes: ProjectConfiguration = {
  name: 'runtime-image',
  root: '.slipway/projects/runtime-image',
  targets: {
    // As `base-images:build-image`.
    'build-image': {
      executor: '@slipway/images:build-image',
      options: { kind: 'runtime' },
      // Forwarded: --dry-run of all of them must not build any.
      dependsOn: [{ projects: ['tag:runtime-image'], target: 'build-image', params: 'forward' }],
      inputs: [{ externalDependencies: [] }],
      cache: false,
    },
    explain: {
      executor: '@slipway/images:explain',
      options: { kind: 'runtime' },
      cache: false,
      inputs: [{ externalDependencies: [] }],
    },
    inspect: {
      executor: '@slipway/images:inspect',
      options: { kind: 'runtime' },
      cache: false,
      inputs: [{ externalDependencies: [] }],
    },
    ...Object.fromEntries(
      ['publish', 'smoke', 'release', 'prune', 'deprecate', 'catalogue', 'build-dev'].map((target) => [
        target,
        {
          executor: `@slipway/runtime-image:${target}`,
          cache: false,
          inputs: [{ externalDependencies: [] }],
        },
      ]),
    ),
  },
};

function runtimeProject(
  folder: string,
  sources: string[],
  release: string[],
): Record<string, ProjectConfiguration> {
  const architecture = folder.split('/').at(-1) ?? '';
  const root = `.slipway/projects/runtime-${architecture}`;
  return {
    [root]: {
      name: `runtime-${architecture}`,
      root,
      tags: ['runtime-image', `architecture:${architecture}`],
      implicitDependencies: [`base-${architecture}`],
      targets: {
        'build-image': {
          executor: '@slipway/images:build-image',
          options: { kind: 'runtime', architecture },
          dependsOn: ['^build-image'],
          // Its own inputs and, since it stands on that image, those of its base.
          inputs: [
            '{workspaceRoot}/slipway.toml',
            `{workspaceRoot}/${folder}/architecture.toml`,
            `{workspaceRoot}/${folder}/requirements.lock`,
            `{workspaceRoot}/${folder}/native.lock`,
            '{workspaceRoot}/architectures/images.lock',
            '{workspaceRoot}/dockerfiles/base.Dockerfile',
            '{workspaceRoot}/dockerfiles/runtime.Dockerfile',
            ...release,
            ...sources.map((source) =>
              source === '.' ? '{workspaceRoot}/**/*' : `{workspaceRoot}/${source}/**/*`,
            ),
            { externalDependencies: [] },
          ],
          cache: false,
        },
        explain: {
          executor: '@slipway/images:explain',
          options: { kind: 'runtime', architectures: [architecture] },
          inputs: [{ externalDependencies: [] }],
          cache: false,
        },
        inspect: {
          executor: '@slipway/images:inspect',
          options: { kind: 'runtime', architectures: [architecture] },
          inputs: [{ externalDependencies: [] }],
          cache: false,
        },
      },
    },
  };
}

/** Folders of the source trees; problems of the definition are told by the targets, not by the graph. */
function readSources(root: string): string[] {
  const path = join(root, 'slipway.toml');
  return existsSync(path) ? sourceFolders(readFileSync(path, 'utf8')) : [];
}
