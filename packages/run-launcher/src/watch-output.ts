import { fstatSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { formatProblem, type Problem } from '@slipway/contract';

/**
 * Whoever reads may go, as with `slipway run | head` or a terminal that is closed: a run goes on and is recorded. Whatever
 * else keeps standard output from being written, such as a full disk, is told once, and fails what was called.
 */
export function watchOutput(): void {
  const { stdout, stderr } = process;
  if (fstatSync(1).isFile()) writeAll(stdout);
  let told = false;
  stdout.on('error', (error) => {
    if (told || isGone(error)) return;
    told = true;
    console.error(formatProblem(unwritten(error)));
    // At its very end: what a command would end with is not known before.
    process.once('exit', (code) => {
      if (!endsAsRun) process.exitCode = code || 1;
    });
  });
  stderr.on('error', () => {});
}

let endsAsRun = false;

/** For a command that shows what a run prints and ends as that does: of what cannot be shown the log has all. */
export function endAsRun(): void {
  endsAsRun = true;
}

/** Has a command that is only for what it prints end when nobody reads that. */
export function endWithOutput(): void {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit();
  });
}

const isGone = ({ code }: NodeJS.ErrnoException): boolean => code === 'EPIPE' || code === 'EIO';

/** Node writes to a file once, and does not look at how much of it was taken: on a full disk the rest would be lost. */
export function writeAll(file: Writable): void {
  file._write = (chunk: Uint8Array, _encoding, done) => {
    try {
      for (let at = 0; at < chunk.length; ) at += writeSync(1, chunk, at);
      done();
    } catch (error) {
      done(error as Error);
    }
  };
}

export function unwritten({ code, message }: NodeJS.ErrnoException): Problem {
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return {
    code: full ? 'disk-full' : 'print-failed',
    message: `standard output cannot be written, so what is printed is not whole: ${message}`,
    remedy: `${full ? 'free some space' : 'see where it goes to'}, or have it written somewhere else`,
  };
}
