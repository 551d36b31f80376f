import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CreateNodesV2, createNodesFromFiles, type ProjectConfiguration } from '@nx/devkit';
import { applicationFolder } from '@slipway/contract';

/** One project for each runtime image, inferred from its architecture's definition, and `runtime-image` for all of them. */
export const createNodesV2: CreateNodesV2 = [
  '{slipway.toml,architectures/*/architecture.toml}',
  (files, options, context) => {
    const source = readSource(context.workspaceRoot);
    return createNodesFromFiles(
      (file) => ({
        projects:
          file === 'slipway.toml'
            ? { [allRuntimes.root]: allRuntimes }
            : runtimeProject(dirname(file), source),
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
    'build-image': {
      executor: 'nx:noop',
      // Forwarded: --dry-run of all of them must not build any.
      dependsOn: [{ projects: ['tag:runtime-image'], target: 'build-image', params: 'forward' }],
      inputs: [{ externalDependencies: [] }],
      cache: false,
    },
    publish: {
      executor: '@slipway/runtime-image:publish',
      cache: false,
      inputs: [{ externalDependencies: [] }],
    },
  },
};

function runtimeProject(folder: string, source: string | undefined): Record<string, ProjectConfiguration> {
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
            '{workspaceRoot}/dockerfiles/base.Dockerfile',
            '{workspaceRoot}/dockerfiles/runtime.Dockerfile',
            ...(source === undefined ? [] : [`{workspaceRoot}/${source}/**/*`]),
            { externalDependencies: [] },
          ],
          cache: false,
        },
      },
    },
  };
}

/** Folder of the application in this workspace; problems of the definition are told by the targets, not by the graph. */
function readSource(root: string): string | undefined {
  const path = join(root, 'slipway.toml');
  return existsSync(path) ? applicationFolder(readFileSync(path, 'utf8')) : undefined;
}
