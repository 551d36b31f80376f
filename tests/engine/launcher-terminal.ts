import { type ChildProcess, spawn } from 'node:child_process';
import { expect } from 'vitest';

/** A command on a terminal of its own, at which a test types. */
export interface Terminal {
  printed(): string;
  until(text: string | RegExp): Promise<void>;
  type(keys: string): void;
  /** Closes the terminal. */
  hangUp(): void;
  ended: Promise<{ exitCode: number; printed: string }>;
}

/** Ctrl-C, as a terminal gets it. */
export const ctrlC = '\u0003';

/** Starts a command below `script`, which gives it a real terminal and passes its exit code on. */
export function onTerminal(command: readonly string[], cwd: string): Terminal {
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  // CI would have progress written in lines.
  const env = { ...process.env, CI: '', TERM: 'xterm' };
  // In the shell's place: some shells end with Ctrl-C themselves, whatever the command ends with.
  const line = `exec ${quoted}`;
  const child: ChildProcess = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    cwd,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (printed += String(data)));
  return {
    printed: () => printed,
    until: (text) => expect.poll(() => printed, { timeout: 60_000, interval: 50 }).toMatch(text),
    type: (keys) => void child.stdin?.write(keys),
    hangUp: () => void child.kill('SIGKILL'),
    ended: new Promise((resolve) => child.on('close', (code) => resolve({ exitCode: code ?? 1, printed }))),
  };
}
