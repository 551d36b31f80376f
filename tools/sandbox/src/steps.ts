import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from './files.ts';
import type { Places } from './places.ts';

/**
 * Does a piece of work once. Its marker is written only after the work is complete, so a killed `up` is finished by
 * the next one; `still` tells whether what the marker promises is still there.
 */
export async function step<T>(
  place: Places,
  name: string,
  still: (result: T) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  const marker = join(place.done, `${name}.json`);
  const before = readJson<T>(marker);
  if (before !== undefined && still(before)) return before;
  rmSync(marker, { force: true });
  const result = await work();
  writeJson(marker, result);
  return result;
}

/** What a finished step left, or undefined. */
export function stepResult<T>(place: Places, name: string): T | undefined {
  return readJson<T>(join(place.done, `${name}.json`));
}
