import type { Layer } from './run-definition.ts';

/** Where a person finds a value, for messages: `--shm-size`, or `run.toml: shm_size`. */
export const placeOf = ({ from }: Layer, key: string): string =>
  from === 'flags' ? flagOf(key) : `${from}: ${key}`;

/** How the command line spells a key. */
export function flagOf(key: string): string {
  if (key === 'command') return 'arguments';
  return `--${key === 'environment' ? 'env' : key.replaceAll('_', '-')}`;
}
