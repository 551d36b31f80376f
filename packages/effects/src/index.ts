export { type Command, type Finished, run, tryRun } from './process.ts';
