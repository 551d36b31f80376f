import type { PathFacts } from '../facts/path-facts.ts';

/** What keeps the caller from making or writing a folder of this host; null: nothing. */
export function whyUnusable({ kind, broken, writable }: PathFacts): string | null {
  if (broken !== null) return broken;
  if (kind === 'file' || kind === 'other') return 'it is no folder';
  if (writable) return null;
  return kind === 'missing' ? 'it does not exist and cannot be made here' : 'it may not be written';
}
