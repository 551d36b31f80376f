import { createInterface } from 'node:readline/promises';
import { holdBack } from './hold-back.ts';

/** What a person means by Ctrl-C. */
export type Ending = 'stop' | 'detach' | 'go on';

const question = '\nslipway: [s]top the run, [d]etach and let it go on, or go on watching (Enter)? ';

/**
 * Asks once, on the terminal, what Ctrl-C was meant for; nothing else is written there meanwhile. A terminal that is gone
 * means that the run goes on without it.
 * @param given raised when the answer is not wanted any more.
 */
export function askHowToEnd(given: AbortSignal): Promise<Ending | 'given'> {
  return holdBack(async () => {
    // The terminal edits the line itself: its state need not be changed, which fails once it is closed.
    const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
    const closed = new Promise<Ending>((resolve) => {
      terminal.once('close', () => resolve('detach'));
      terminal.on('error', () => resolve('detach'));
    });
    try {
      const answer = terminal.question(question, { signal: given }).then(
        (text): Ending => (/^s/i.test(text) ? 'stop' : /^d/i.test(text) ? 'detach' : 'go on'),
        () => 'given' as const,
      );
      return await Promise.race([answer, closed]);
    } finally {
      terminal.close();
    }
  });
}
