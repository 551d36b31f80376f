import { dirname } from 'node:path';
import { type CreateNodesV2, createNodesFromFiles, type ProjectConfiguration } from '@nx/devkit';
import { releaseInputs } from '@slipway/images/release-inputs';

/** One project for each base image, inferred from its architecture's definition, and `base-images` for all of them. */
export const createNodesV2: CreateNodesV2 = [
  '{slipway.toml,architectures/*/architecture.toml}',
  (files, options, context) => {
    const release = releaseInputs(context.workspaceRoot);
    return createNodesFromFiles(
      (file) => ({
        projects: file === 'slipway.toml' ? { architectures: allBases } : baseProject(dirname(file), release),
      }),
      files,
      options,
      context,
    );
  },
];

const allBases: ProjectConfiguration = {
  name: 'base-images',
  root: 'architectures',
  targets: {
    // Builds nothing itself, so that a change never selects it; asked for by name, it asks for every base. Of the same
    // executor, because Nx ends with 130, as if it had been interrupted, when a failure leaves a task without a result.
    'build-image': {
      executor: '@slipway/images:build-image',
      options: { kind: 'base' },
      // Forwarded: --dry-run of all of them must not build any.
      dependsOn: [{ projects: ['tag:base-image'], target: 'build-image', params: 'forward' }],
      inputs: [{ externalDependencies: [] }],
      cache: false,
    },
    lock: { executor: '@slipway/base-images:lock', cache: false, inputs: [{ externalDependencies: [] }] },
    verify: { executor: '@slipway/base-images:verify', cache: false, inputs: [{ externalDependencies: [] }] },
    outdated: {
      executor: '@slipway/base-images:outdated',
      cache: false,
      inputs: [{ externalDependencies: [] }],
    },
    explain: {
      executor: '@slipway/images:explain',
      options: { kind: 'base' },
      cache: false,
      inputs: [{ externalDependencies: [] }],
    },
    inspect: {
      executor: '@slipway/images:inspect',
      options: { kind: 'base' },
      cache: false,
      inputs: [{ externalDependencies: [] }],
    },
  },
};

function baseProject(root: string, release: string[]): Record<string, ProjectConfiguration> {
  const architecture = root.split('/').at(-1) ?? '';
  return {
    [root]: {
      name: `base-${architecture}`,
      root,
      tags: ['base-image', `architecture:${architecture}`],
      targets: {
        'build-image': {
          executor: '@slipway/images:build-image',
          options: { kind: 'base', architecture },
          // What may change the image; whether it did is decided by the build key and the registry.
          inputs: [
            '{workspaceRoot}/slipway.toml',
            '{projectRoot}/architecture.toml',
            '{projectRoot}/requirements.lock',
            '{projectRoot}/native.lock',
            '{workspaceRoot}/architectures/images.lock',
            '{workspaceRoot}/dockerfiles/base.Dockerfile',
            ...release,
            { externalDependencies: [] },
          ],
          // The product lies in a registry, which no cache of Nx can answer for.
          cache: false,
        },
        explain: {
          executor: '@slipway/images:explain',
          options: { kind: 'base', architectures: [architecture] },
          inputs: [{ externalDependencies: [] }],
          cache: false,
        },
        inspect: {
          executor: '@slipway/images:inspect',
          options: { kind: 'base', architectures: [architecture] },
          inputs: [{ externalDependencies: [] }],
          cache: false,
        },
        verify: {
          executor: '@slipway/base-images:verify',
          options: { architectures: [architecture] },
          inputs: [{ externalDependencies: [] }],
          cache: false,
        },
        lock: {
          executor: '@slipway/base-images:lock',
          options: { architectures: [architecture] },
          inputs: [{ externalDependencies: [] }],
          cache: false,
        },
      },
    },
  };
}
