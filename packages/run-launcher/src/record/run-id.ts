import { randomBytes } from 'node:crypto';

/**
 * An id that sorts by time, can be typed, and does not meet another one: `20261123-134501-3f9c`.
 * @param isTaken whether a run has an id already.
 */
export function newRunId(now: Date, isTaken: (id: string) => boolean): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  for (;;) {
    const id = `${stamp}-${randomBytes(2).toString('hex')}`;
    if (!isTaken(id)) return id;
  }
}

/** When a run got its id; undefined: it is none that `newRunId` has made. */
export function timeOfRunId(id: string): Date | undefined {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-[0-9a-f]{4}$/.exec(id) ?? [];
  if (parts.length === 0) return undefined;
  const [year, month, day, hour, minute, second] = parts;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
