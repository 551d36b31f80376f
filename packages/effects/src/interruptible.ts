import { interruption } from './interruption.ts';

/**
 * Does something that Ctrl-C and the like are to end, for a command that does nothing else about them: without it, what it
 * started in a process group of its own would be left behind.
 * @param work gets a signal that is raised at the first of them.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal, dispose } = interruption();
  try {
    return await work(signal);
  } finally {
    dispose();
  }
}
