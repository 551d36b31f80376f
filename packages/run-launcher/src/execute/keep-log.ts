import { closeSync, openSync, writeFileSync } from 'node:fs';

/** The log of a run on its way to the disk. */
export interface KeptLog {
  write(line: string, end: '\n' | '\r'): void;
  /** Closes it. @returns why something is missing at its end; null: it is whole. */
  end(): Error | null;
}

/**
 * Keeps a log. A full disk must not take the launcher away from a run that goes on: it is told once. Nothing is written
 * then any more, so that what is kept is always a beginning, and the rest can be taken over from the engine.
 * @param flags `a` to go on with it, `w` to write it anew.
 */
export function keepLog(path: string, flags: 'a' | 'w', say: (line: string) => void): KeptLog {
  let file: number | undefined;
  let failed: Error | null = null;
  const attempt = (work: () => void) => {
    if (failed !== null) return;
    try {
      work();
    } catch (error) {
      failed = error as Error;
      say(`the log is not kept any more: ${failed.message}`);
    }
  };
  attempt(() => {
    file = openSync(path, flags);
  });
  return {
    write: (line, end) =>
      attempt(() => {
        if (file !== undefined) writeFileSync(file, `${line}${end}`);
      }),
    end() {
      if (file !== undefined) closeSync(file);
      file = undefined;
      return failed;
    },
  };
}
