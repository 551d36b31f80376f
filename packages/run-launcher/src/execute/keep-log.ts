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
    try {
      work();
    } catch (error) {
      if (failed === null) say(`the log is not kept any more: ${(error as Error).message}`);
      failed ??= error as Error;
    }
  };
  attempt(() => {
    file = openSync(path, flags);
  });
  return {
    write: (line, end) =>
      attempt(() => {
        if (file !== undefined && failed === null) writeFileSync(file, `${line}${end}`);
      }),
    end() {
      const open = file;
      file = undefined;
      // A folder of another machine may say only now that its disk is full.
      if (open !== undefined) attempt(() => closeSync(open));
      return failed;
    },
  };
}
