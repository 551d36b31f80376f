import type { Layer } from './run-definition.ts';

/** Where a person finds a value, for messages: `--shm-size`, or `run.toml: shm_size`. */
export const placeOf = (layer: Layer, key: string): string =>
  layer.from === 'flags' ? typedAs(layer, key) : `${layer.from}: ${key}`;

/** How a key was given where it was given as a flag. */
export const typedAs = ({ spelled }: Pick<Layer, 'spelled'>, key: string): string =>
  spelled?.[key] ?? flagOf(key);

/** How the command line spells a key. */
export function flagOf(key: string): string {
  if (key === 'command') return 'arguments';
  return `--${key === 'environment' ? 'env' : key.replaceAll('_', '-')}`;
}
