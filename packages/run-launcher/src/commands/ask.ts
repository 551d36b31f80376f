import { createInterface } from 'node:readline/promises';

/** What a person means by Ctrl-C. */
export type Ending = 'stop' | 'detach' | 'go on';

/**
 * Asks once, on the terminal, what Ctrl-C was meant for. A terminal that is gone means that the run goes on without it.
 * @param given raised when the answer is not wanted any more.
 */
export async function askHowToEnd(given: AbortSignal): Promise<Ending | 'given'> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // In raw mode Ctrl-C comes as a key.
  terminal.on('SIGINT', () => process.emit('SIGINT', 'SIGINT'));
  const closed = new Promise<Ending>((resolve) => terminal.once('close', () => resolve('detach')));
  try {
    const question = '\nslipway: [s]top the run, [d]etach and let it go on, or go on watching (Enter)? ';
    const answer = terminal.question(question, { signal: given }).then(
      (text): Ending => (/^s/i.test(text) ? 'stop' : /^d/i.test(text) ? 'detach' : 'go on'),
      () => 'given' as const,
    );
    return await Promise.race([answer, closed]);
  } finally {
    terminal.close();
  }
}
