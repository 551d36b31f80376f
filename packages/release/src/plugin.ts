import { type CreateNodesV2, createNodesFromFiles, type ProjectConfiguration } from '@nx/devkit';

/** The project `release`, in every workspace that has a definition. */
export const createNodesV2: CreateNodesV2 = [
  'slipway.toml',
  (files, options, context) =>
    createNodesFromFiles(() => ({ projects: { [release.root]: release } }), files, options, context),
];

// It has no files of its own: its root is a name only, and no such folder exists.
const release: ProjectConfiguration = {
  name: 'release',
  root: '.slipway/projects/release',
  targets: Object.fromEntries(
    ['candidate', 'promote', 'plan', 'verify', 'status', 'notes', 'yank'].map((target) => [
      target,
      // What there is to release is at the remote, which no hash of files knows.
      { executor: `@slipway/release:${target}`, cache: false, inputs: [{ externalDependencies: [] }] },
    ]),
  ),
};
