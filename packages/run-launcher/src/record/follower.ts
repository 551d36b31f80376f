import { readFileSync } from 'node:fs';
import type { RunRecord } from './run-record.ts';

/** This process, as a record names the one that follows a run. */
export const thisProcess = (): NonNullable<RunRecord['follower']> => ({
  pid: process.pid,
  started: startTime(process.pid),
});

/** Whether somebody follows the run, so that its record will be written to its end. */
export function isFollowed({ follower }: Pick<RunRecord, 'follower'>): boolean {
  return follower !== null && startTime(follower.pid) === follower.started;
}

/** When a process was started, which tells it from a later one with the same id: field 22 of `/proc/<pid>/stat`. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // One that ended and that nobody has asked about yet does nothing any more.
    return state === 'Z' ? 'ended' : (fields[18] ?? '');
  } catch {
    return 'none';
  }
}
