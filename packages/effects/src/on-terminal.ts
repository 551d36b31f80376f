import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { Failure } from '@slipway/contract';
import type { Command } from './process.ts';

/**
 * Runs a program that a person talks to, on the terminal of this process itself: whoever called this one may have put a
 * pipe between, as Nx does to write a name before every line.
 * @param onError gets what the program itself prints on standard error, which is then not shown.
 * @returns its exit code; 128 + n when signal n ended it.
 * @throws Failure `command-missing`.
 */
export function runOnTerminal(
  { file, args, env, cwd }: Command,
  onError?: (text: string) => void,
): Promise<number> {
  const terminal = process.stdin.isTTY && !process.stdout.isTTY ? openTerminal() : undefined;
  const output = terminal ?? 'inherit';
  const child = spawn(file, [...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['inherit', output, onError === undefined ? output : 'pipe'],
  });
  if (onError !== undefined) child.stderr?.setEncoding('utf8').on('data', onError);
  return new Promise<number>((resolve, reject) => {
    child.on('error', (error) =>
      reject(
        new Failure(
          {
            code: 'command-missing',
            message: `${file} cannot be started: ${error.message}`,
            remedy: `install ${file}, or add the folder that holds it to PATH`,
          },
          { cause: error },
        ),
      ),
    );
    child.on('close', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  }).finally(() => {
    if (terminal !== undefined) closeSync(terminal);
  });
}

function openTerminal(): number | undefined {
  try {
    return openSync('/dev/tty', 'w');
  } catch {
    return undefined;
  }
}
