import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { run } from '@slipway/effects';
import { processesOf } from './ours.ts';

/** A program that goes on when this process ends. */
export interface Daemon {
  file: string;
  args: readonly string[];
  env?: Record<string, string>;
  log: string;
  /** Tells its processes from all others, see `ours.ts`. */
  mark: string;
}

/**
 * Starts a program in a session of its own and returns its process id. Its mark is in its environment, which its
 * children inherit: that, not a pid file, is how they are found again.
 */
export async function startDaemon(daemon: Daemon): Promise<number> {
  mkdirSync(dirname(daemon.log), { recursive: true });
  // A constant script: the program and its arguments are its positional parameters, never part of its text.
  const script = 'log=$1; shift; setsid "$@" >>"$log" 2>&1 </dev/null & echo $!';
  const { stdout } = await run({
    file: 'sh',
    args: ['-c', script, 'sh', daemon.log, daemon.file, ...daemon.args],
    env: { ...daemon.env, SLIPWAY_SANDBOX: daemon.mark },
  });
  return Number(stdout.trim());
}

/** Whether a program started with this mark is still there. */
export function alive(mark: string, pid: number): boolean {
  return processesOf({ mark }).some((found) => found === pid);
}
