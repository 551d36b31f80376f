import { readJson, writeJson } from './files.ts';
import type { Places } from './places.ts';

/** What one `up` has to tell the next command. */
export interface State {
  engine: 'private' | 'system';
  registryPort?: number;
  subnet?: string;
  /** Who brought it up: a person's `up` stays until `down`, a hold's ends with its last holder. */
  upBy?: 'person' | 'hold';
  substitute?: { digest: string };
}

export function readState(place: Places): State | undefined {
  return readJson<State>(place.state);
}

export function changeState(place: Places, change: Partial<State>): void {
  writeJson(place.state, { engine: 'private', ...readState(place), ...change });
}
