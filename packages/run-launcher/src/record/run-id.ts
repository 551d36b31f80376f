import { randomBytes } from 'node:crypto';

/** An id that sorts by time, can be typed, and does not meet another one: `20261123-134501-3f9c`. */
export function newRunId(now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${randomBytes(2).toString('hex')}`;
}
