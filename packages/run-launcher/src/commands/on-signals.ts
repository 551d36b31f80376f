import { isAttended, isInBackground } from '../terminal.ts';
import { askHowToEnd } from './ask.ts';
import { say } from './say.ts';

/** What a signal may lead to. */
export interface Reactions {
  /** Raised when the application is to save and end. */
  stop: AbortController;
  /** Raised when the run is to go on without this process. */
  leave: AbortController;
  /** Ends the application at once. */
  kill: () => void;
}

/** How soon after a signal the same one is not meant for a second time, in milliseconds. */
const echoMs = 1000;

/**
 * What signals do. On a terminal, the first Ctrl-C asks what is meant; elsewhere, and at the second one, the application
 * is asked to save and end; one more ends it at once. Another signal than before is a program that hands on what the
 * terminal has sent to both; the same one within a second, that it was sent to this process and to its group, as `timeout`
 * does. A terminal that is closed stops nothing, and Ctrl-\ (SIGQUIT) leaves the run to itself as that does.
 * @returns what undoes it: a question that is still open is taken back.
 */
export function onSignals({ stop, leave, kill }: Reactions): () => Promise<void> {
  const seen = new Set<string>();
  const came = new Map<string, number>();
  const onTerminal = isAttended();
  let asking: AbortController | undefined;
  let asked: Promise<void> = Promise.resolve();
  const ask = async (): Promise<void> => {
    const given = new AbortController();
    asking = given;
    const answer = await askHowToEnd(given.signal);
    asking = undefined;
    if (answer === 'stop') stop.abort();
    if (answer === 'detach') detach();
    if (answer === 'go on') {
      say('going on');
      seen.delete('SIGINT');
    }
  };
  const detach = () => {
    if (leave.signal.aborted) return;
    say('detaching, as soon as the run is under way');
    leave.abort();
  };
  const isEcho = (name: string): boolean => {
    // Ctrl-C twice is how a person says it, also where the output goes somewhere else.
    if (name === 'SIGINT') return false;
    const now = performance.now();
    if (now - (came.get(name) ?? -echoMs) < echoMs) return true;
    came.set(name, now);
    return false;
  };
  const interrupt = (name: string) => {
    if (isEcho(name)) return;
    if (name === 'SIGHUP') {
      // With nohup, or where the output goes somewhere else, there is something that this process goes on for.
      if (!onTerminal) return;
      asking?.abort();
      leave.abort();
      return;
    }
    if (name === 'SIGQUIT') {
      asking?.abort();
      detach();
      return;
    }
    if (name === 'SIGINT' && !seen.has(name) && onTerminal && !isInBackground()) {
      seen.add(name);
      asked = ask();
      return;
    }
    if (asking !== undefined) {
      // Whoever presses it again while being asked means to stop.
      asking.abort();
      stop.abort();
      return;
    }
    if (stop.signal.aborted && seen.has(name)) kill();
    seen.add(name);
    stop.abort();
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
  for (const name of names) process.on(name, interrupt);
  return async () => {
    asking?.abort();
    await asked;
    for (const name of names) process.off(name, interrupt);
  };
}
