import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Whether a person sits in front of this process: what is asked there is seen, and can be answered. */
export const isAttended = (): boolean => isatty(0) && isatty(2);

/** Whether the terminal is another job's, as with `slipway run &`: whoever reads from it then is stopped by the kernel. */
export const isInBackground = (): boolean => isBackground(readFileSync('/proc/self/stat', 'utf8'));

/** @param stat what /proc says of a process; no foreground group is -1: a process without a terminal of its own. */
export function isBackground(stat: string): boolean {
  // The name before it, in brackets, may hold anything.
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return foreground !== '-1' && foreground !== group;
}
