import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
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
  /**
   * Called with each line of stdout and stderr as it arrives. A promise that it returns is waited for before the next line
   * of that stream, and the child with it; what it throws is thrown when the child has ended.
   */
  onLine?: (line: string, stream: 'stdout' | 'stderr', end: '\n' | '\r') => unknown;
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
  let logged: Promise<void> | undefined;
  if (command.log !== undefined) {
    mkdirSync(dirname(command.log), { recursive: true });
    const log = createWriteStream(command.log, { flags: 'a' });
    log.on('error', () => {});
    logged = new Promise((resolve) => void log.once('close', resolve));
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.finally(() => log.end()).catch(() => {});
  }
  const failures: unknown[] = [];
  if (lines !== undefined) {
    const follow = async (stream: 'stdout' | 'stderr') => {
      const output = untilItEnds(child.iterable({ from: stream, binary: command.returns ?? false }));
      for await (const [line, end] of command.returns ? splitAtReturns(output) : wholeLines(output)) {
        // What comes afterwards is read and forgotten: a child whose output nobody takes would wait for ever.
        if (failures.length > 0) continue;
        try {
          await lines(line, stream, end);
        } catch (error) {
          failures.push(error);
        }
      }
    };
    const followed = await Promise.allSettled([follow('stdout'), follow('stderr')]);
    failures.push(...followed.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])));
  }
  const result = await child;
  // Whoever reads it next finds all of it; one that cannot be written is closed too.
  await logged;
  if (result.code === 'ENOENT' && result.exitCode === undefined) throw notThere(command);
  // A child in the same process group gets Ctrl-C from the terminal too, and may have ended before it was told to.
  if (result.isCanceled || (command.signal?.aborted && result.exitCode !== 0)) {
    throw new Failure({
      code: 'interrupted',
      message: `${describe(command)} was interrupted`,
      remedy: 'start the same command again; what was finished is kept',
    });
  }
  if (failures.length > 0) throw failures[0];
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

type Chunks = AsyncIterable<string | Uint8Array>;
type Lines = AsyncGenerator<[line: string, end: '\n' | '\r']>;

/** What a child prints, as far as it comes: how the child itself went is told by its result. */
async function* untilItEnds(chunks: Chunks): AsyncGenerator<string | Uint8Array> {
  try {
    yield* chunks;
  } catch {
    // It was ended, or could not be started.
  }
}

async function* wholeLines(lines: Chunks): Lines {
  for await (const line of lines) yield [String(line), '\n'];
}

/**
 * Lines that end at a line break, or, as progress bars write them, at a carriage return; at one that comes last, too, though
 * it may be the first half of `\r\n`: nothing else may come for long.
 */
async function* splitAtReturns(chunks: Chunks): Lines {
  const decoder = new TextDecoder();
  // Of a line that goes on. It holds no end, and is not searched again.
  let begun = '';
  for await (const chunk of chunks) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    let from = 0;
    for (const { index, 0: end } of text.matchAll(/\r\n|\n|\r/g)) {
      yield [begun + text.slice(from, index), end === '\r' ? '\r' : '\n'];
      begun = '';
      from = index + end.length;
    }
    begun += text.slice(from);
  }
  if (begun !== '') yield [begun, '\n'];
}

/** A folder that is not there looks to the system as if the program were not. */
function notThere({ file, cwd }: Command): Failure {
  const [message, remedy] =
    cwd === undefined || existsSync(cwd)
      ? [`${file} is not installed`, `install ${file}, or add the folder that holds it to PATH`]
      : [
          `${file} cannot be started in the folder ${cwd}, which does not exist`,
          'start it in one that exists',
        ];
  return new Failure({ code: 'command-missing', message, remedy });
}

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
