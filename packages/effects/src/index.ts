export { readDefinition } from './definition.ts';
export { chooseBuilder, dockerCommand, type Engine, engineAnswers, probeEngine } from './engine.ts';
export { fetchFile, type RemoteFile } from './fetch-file.ts';
export { type ListedFile, listFiles } from './files.ts';
export { type Gpu, parseGpus, probeGpus } from './gpus.ts';
export { readImageLabels } from './image-labels.ts';
export { machineFile, readMachine, withMachine } from './machine.ts';
export { type Command, type Finished, run, tryRun } from './process.ts';
export { type Manifest, openRegistry, type Registry } from './registry.ts';
