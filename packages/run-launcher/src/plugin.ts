import { type CreateNodesV2, createNodesFromFiles, type ProjectConfiguration } from '@nx/devkit';

/** The project `run-launcher`: what `slipway` does, as targets. */
export const createNodesV2: CreateNodesV2 = [
  'slipway.toml',
  (files, options, context) =>
    createNodesFromFiles(() => ({ projects: { [project.root]: project } }), files, options, context),
];

const target = (name: string) => ({
  executor: `@slipway/run-launcher:${name}`,
  cache: false,
  inputs: [{ externalDependencies: [] }],
});

// It has no files of its own: its root is a name only, and no such folder exists.
const project: ProjectConfiguration = {
  name: 'run-launcher',
  root: '.slipway/projects/run-launcher',
  targets: { run: target('run'), plan: target('plan'), shell: target('shell'), doctor: target('doctor') },
};
