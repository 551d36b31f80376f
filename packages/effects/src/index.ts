export { putArtifact, readArtifact } from './artifacts.ts';
export { asFailure } from './as-failure.ts';
export { checkoutSource } from './checkout.ts';
export { readDefinition } from './definition.ts';
export {
  type BuildEngine,
  type Builder,
  chooseBuilder,
  diskFreeBytes,
  dockerCommand,
  type Engine,
  engineAnswers,
  probeBuilder,
  probeEngine,
  reclaimDisk,
} from './engine.ts';
export { fetchFile, type RemoteFile } from './fetch-file.ts';
export { type ListedFile, listFiles } from './files.ts';
export {
  type Checkout,
  defaultBranch,
  type GitFacts,
  publicUrl,
  readGit,
  writeGitFolder,
} from './git-tree.ts';
export { type Gpu, parseGpus, probeGpus } from './gpus.ts';
export { type ImageConfiguration, readImageConfiguration, readImageLabels } from './image-labels.ts';
export { machineFile, readMachine, withMachine } from './machine.ts';
export { type Command, type Finished, run, tryRun } from './process.ts';
export { type Manifest, openRegistry, type Registry } from './registry.ts';
export { writeWhole } from './write-whole.ts';
