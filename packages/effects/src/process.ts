import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure, type ProblemCode } from '@slipway/contract';
import type { Options, Result } from 'execa';
import { endGroup } from './end-group.ts';

/** A program to call. Arguments are an array and are never joined into a shell string. */
export interface Command {
  file: string;
  args: readonly string[];
  cwd?: string;
  /** Added to (or, with undefined, taken from) this process's environment. */
  env?: Record<string, string | undefined>;
  input?: string;
  timeoutMs?: number;
  /** File that receives stdout and stderr in the order in which they came. */
  log?: string;
  /** Called with each line of stdout and stderr as it arrives. */
  onLine?: (line: string, stream: 'stdout' | 'stderr', end: '\n' | '\r') => void;
  /** Whether a carriage return ends a line too: a progress bar that is written over is one line without end otherwise. */
  returns?: boolean;
  signal?: AbortSignal;
  /** How long the child may take to end after `signal` was raised, before it is killed. Default 20 s. */
  patienceMs?: number;
  /** Give stdin, stdout and stderr of this process to the child instead of capturing them. */
  inherit?: boolean;
  /** False: hand the lines on and forget them, for output without bound; the result then holds none of it. */
  keep?: boolean;
  /**
   * Put the child into a process group of its own, out of reach of the terminal and its Ctrl-C. The whole group ends when
   * its time is over or `signal` is raised.
   */
  detached?: boolean;
}

export interface Finished {
  exitCode: number;
  stdout: string;
  stderr: string;
  durationMs: number;
  /** Whether it was ended because its time was over; its exit code is 124 then. */
  timedOut: boolean;
}

/**
 * Runs a program and waits for its end.
 * @throws Failure `command-missing` when it is not installed, otherwise `code` (default `command-failed`) with the
 *   command, its exit code, the last lines it printed and where its log is.
 */
export async function run(
  command: Command,
  failure: { code?: ProblemCode; remedy?: string } = {},
): Promise<Finished> {
  const finished = await tryRun(command);
  if (finished.exitCode === 0) return finished;
  const last = `${finished.stderr}\n${finished.stdout}`.trim().split('\n').slice(-12).join('\n  | ');
  throw new Failure({
    code: /no space left on device/i.test(last) ? 'disk-full' : (failure.code ?? 'command-failed'),
    message: `${describe(command)} ended with exit code ${finished.exitCode}:\n  | ${last}`,
    remedy: [failure.remedy ?? 'read the lines above', command.log && `the whole log is in ${command.log}`]
      .filter(Boolean)
      .join('; '),
  });
}

/**
 * Runs a program and returns how it ended, whatever its exit code. A child killed by a signal has exit code 128 + n.
 * @throws Failure `command-missing` when the program is not installed, `interrupted` when `signal` was raised.
 */
export async function tryRun(command: Command): Promise<Finished> {
  const lines = command.onLine;
  // A builder that is told to stop needs a moment to cancel its work on the engine.
  const patienceMs = command.patienceMs ?? 20_000;
  const options = {
    cwd: command.cwd,
    env: command.env,
    input: command.input,
    timeout: command.timeoutMs,
    cancelSignal: command.signal,
    detached: command.detached,
    forceKillAfterDelay: patienceMs,
    reject: false,
    stdin: command.inherit ? 'inherit' : command.input === undefined ? 'ignore' : 'pipe',
    stdout: command.inherit ? 'inherit' : 'pipe',
    stderr: command.inherit ? 'inherit' : 'pipe',
    buffer: command.keep ?? true,
    maxBuffer: 64 * 1024 * 1024,
  } satisfies Options;
  const { execa } = await loadStarter();
  const child = execa(command.file, command.args, options);
  if (command.detached) {
    const leave = endGroup(child, { ...command, patienceMs });
    child.finally(leave).catch(() => {});
  }
  if (command.log !== undefined) {
    mkdirSync(dirname(command.log), { recursive: true });
    const log = createWriteStream(command.log, { flags: 'a' });
    log.on('error', () => {});
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.finally(() => log.end()).catch(() => {});
  }
  if (lines !== undefined) {
    const follow = async (stream: 'stdout' | 'stderr') => {
      if (command.returns) {
        const pieces = splitAtReturns(child.iterable({ from: stream, binary: true }));
        for await (const [line, end] of pieces) lines(line, stream, end);
      } else for await (const line of child.iterable({ from: stream })) lines(String(line), stream, '\n');
    };
    await Promise.all([follow('stdout'), follow('stderr')]).catch(() => {});
  }
  const result = await child;
  if (result.code === 'ENOENT' && result.exitCode === undefined) {
    throw new Failure({
      code: 'command-missing',
      message: `${command.file} is not installed, or the folder ${command.cwd ?? process.cwd()} does not exist`,
      remedy: `install ${command.file}, or add the folder that holds it to PATH`,
    });
  }
  // A child in the same process group gets Ctrl-C from the terminal too, and may have ended before it was told to.
  if (result.isCanceled || (command.signal?.aborted && result.exitCode !== 0)) {
    throw new Failure({
      code: 'interrupted',
      message: `${describe(command)} was interrupted`,
      remedy: 'start the same command again; what was finished is kept',
    });
  }
  return {
    exitCode: result.exitCode ?? (result.timedOut ? 124 : 128 + signalNumber(result.signal)),
    stdout: String(result.stdout ?? ''),
    stderr: result.timedOut
      ? `timed out after ${command.timeoutMs} ms`
      : String(result.stderr || spawnError(result)),
    durationMs: Math.round(result.durationMs),
    timedOut: result.timedOut,
  };
}

/**
 * Loads what starts programs, 20 ms: with the first program that is called, so that a command that calls none is quicker;
 * or before, while something else is waited for.
 */
export const loadStarter = () => import('execa');

/** Lines that end at a line break, or, as progress bars write them, at a carriage return. */
async function* splitAtReturns(
  chunks: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<[line: string, end: '\n' | '\r']> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    // A return at the very end may be the first half of `\r\n`.
    for (let found = nextEnd(rest); found !== null; found = nextEnd(rest)) {
      yield [rest.slice(0, found.index), found[0] === '\r' ? '\r' : '\n'];
      rest = rest.slice(found.index + found[0].length);
    }
  }
  if (rest !== '') yield rest.endsWith('\r') ? [rest.slice(0, -1), '\r'] : [rest, '\n'];
}

const nextEnd = (text: string): RegExpExecArray | null => /\r\n|\n|\r(?!$)/.exec(text);

/** Why a program could not even be started. */
function spawnError({ exitCode, signal, originalMessage }: Result): string {
  return exitCode === undefined && signal === undefined ? (originalMessage ?? '') : '';
}

/** The program and its first words: enough to know which call it was, too little to carry a secret. */
function describe(command: Command): string {
  const name = command.file.split('/').at(-1);
  return [name, ...command.args.filter((word) => !word.startsWith('-')).slice(0, 2)].join(' ');
}

function signalNumber(name: string | undefined): number {
  return { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 }[name ?? ''] ?? 0;
}
