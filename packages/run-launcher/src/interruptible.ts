import { interruption } from '@slipway/effects';
import { isAttended } from './terminal.ts';

/**
 * Does something that Ctrl-C and the like are to end, for a command that does nothing else about them: without it, what it
 * started in a process group of its own would be left behind. Without a terminal, SIGHUP is for nothing here, as with nohup.
 * @param work gets a signal that is raised at the first of them.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal, dispose } = interruption(isAttended() ? [] : ['SIGHUP']);
  try {
    return await work(signal);
  } finally {
    dispose();
  }
}
