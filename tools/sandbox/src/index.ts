export { type DownOptions, down } from './down.ts';
export { type Engine, type EngineOptions, engineVersion, startEngine } from './engine/start-engine.ts';
export { type Hold, hold } from './hold.ts';
export type { Machine } from './machine-file.ts';
export { type Places, places } from './places.ts';
export { type Registry, type RegistryOptions, startRegistry } from './registry/start-registry.ts';
export { type Status, status } from './status.ts';
export { type Sandbox, up } from './up.ts';
export type { Progress, UpOptions } from './work.ts';
