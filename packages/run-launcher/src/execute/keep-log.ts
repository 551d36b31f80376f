import { createWriteStream } from 'node:fs';

/** The log of a run on its way to the disk. */
export interface KeptLog {
  write(line: string, end: '\n' | '\r'): void;
  /** Waits until everything is written. */
  end(): Promise<void>;
}

/**
 * Keeps a log. A full disk must not take the launcher away from a run that goes on: it is told once.
 * @param flags `a` to go on with it, `w` to write it anew.
 */
export function keepLog(path: string, flags: 'a' | 'w', say: (line: string) => void): KeptLog {
  const kept = createWriteStream(path, { flags });
  kept.on('error', (error) => say(`the log is not kept any more: ${error.message}`));
  return {
    write: (line, end) => void kept.write(`${line}${end}`),
    end: () => new Promise((resolve) => kept.end(resolve)),
  };
}
