import type { Command } from '@slipway/effects';
import type { Archive } from './apt/archive.ts';
import type { Places } from './places.ts';

/** Says one plain line about how far it is. */
export type Progress = (line: string) => void;

/** What every step of `up` is given. */
export interface Work {
  place: Places;
  progress: Progress;
  signal: AbortSignal | undefined;
  /** The environment of the programs that steps call; it holds the mark by which a killed `up`'s are found. */
  env: Record<string, string>;
  /** The suites opened so far: their package lists are fetched once for all steps. */
  archives: Map<string, Promise<Archive>>;
  /** How to stop what this `up` started; called when it fails or is interrupted. */
  undo: (() => Promise<void>)[];
  command(file: string, args: readonly string[]): Command;
}

export interface UpOptions {
  onProgress?: Progress;
  signal?: AbortSignal;
}

export function makeWork(place: Places, options: UpOptions): Work {
  const env = { SLIPWAY_SANDBOX: workMark(place) };
  return {
    place,
    progress: options.onProgress ?? (() => {}),
    signal: options.signal,
    env,
    archives: new Map(),
    undo: [],
    command: (file, args) => ({ file, args, env, ...(options.signal && { signal: options.signal }) }),
  };
}

/** Marks the short-lived programs (apt, mmdebstrap) of an `up`. */
export function workMark(place: Places): string {
  return `work:${place.folder}`;
}
