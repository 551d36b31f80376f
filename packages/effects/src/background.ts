import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Starts a program that goes on when this one has ended, out of reach of the terminal.
 * @param input is handed to it through a pipe, which nobody else can read.
 * @param log file that gets what it prints.
 */
export function startInBackground(
  { file, args, cwd }: { file: string; args: readonly string[]; cwd: string },
  { input, log }: { input: string; log: string },
): Promise<void> {
  mkdirSync(dirname(log), { recursive: true });
  const out = openSync(log, 'a', 0o600);
  const child = spawn(file, args, { cwd, detached: true, stdio: ['pipe', out, out] });
  closeSync(out);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.stdin?.on('error', reject);
    child.stdin?.end(input, () => {
      child.unref();
      resolve();
    });
  });
}
