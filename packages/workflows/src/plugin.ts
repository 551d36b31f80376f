import { type CreateNodesV2, createNodesFromFiles, type ProjectConfiguration } from '@nx/devkit';

/** The project `workflows` of a workspace that has a `slipway.toml`. */
export const createNodesV2: CreateNodesV2 = [
  'slipway.toml',
  (files, options, context) =>
    createNodesFromFiles(() => ({ projects: { [project.root]: project } }), files, options, context),
];

// It has no files of its own: its root is a name only, and no such folder exists.
const project: ProjectConfiguration = {
  name: 'workflows',
  root: '.slipway/projects/workflows',
  targets: Object.fromEntries(
    ['generate', 'check'].map((target) => [
      target,
      { executor: `@slipway/workflows:${target}`, cache: false, inputs: [{ externalDependencies: [] }] },
    ]),
  ),
};
