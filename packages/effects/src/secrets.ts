import { createHash, randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, type Problem } from '@slipway/contract';
import { asFailure } from './as-failure.ts';
import { tryRun } from './process.ts';

/** Where the value of a secret comes from; the value itself is in no plan, record or log. */
export type SecretSource =
  | { from: 'environment'; name: string }
  | { from: 'file'; path: string }
  | { from: 'command'; command: string[] };

/** How long a command that prints a secret is waited for. */
interface Patience {
  /** Raised when the secret is not wanted any more. */
  signal: AbortSignal;
  timeoutMs?: number;
}

/**
 * Reads secrets by their references. A final line break, as files and programs end with one, is no part of a value.
 * @returns variable name -> value.
 * @throws Failure `secret-missing` with all that could not be read, or `interrupted`; no message holds what was read or
 *   printed.
 */
export async function readSecrets(
  sources: Readonly<Record<string, SecretSource>>,
  environment: Readonly<Record<string, string | undefined>>,
  { signal, timeoutMs = 120_000 }: Patience,
): Promise<Record<string, string>> {
  const problems: Problem[] = [];
  const values: Record<string, string> = {};
  for (const [name, source] of Object.entries(sources)) {
    const value = await read(source, environment, { signal, timeoutMs })
      .then((text) => requireFit(name, requireText(text)))
      .catch((error: Error) => error);
    if (signal.aborted) throw interrupted(name);
    if (typeof value === 'string') values[name] = value;
    else problems.push(unreadable(name, source, value));
  }
  if (problems.length > 0) throw new Failure(problems);
  return values;
}

/**
 * The folder of a run's secrets on this machine, which its owner alone can enter: where it is, otherwise where it is to be
 * made. The place is the same for every caller: one that comes over SSH or from cron has not the variables of the one who
 * started the run.
 */
export function secretsFolder(id: string): string {
  const folders = memoryPlaces().map((place) => join(place, `${folderPrefix}${id}`));
  // Where nothing can be written, nothing will be found either: it is said when they are to be written.
  return folders.find((folder) => existsSync(folder)) ?? folders[0] ?? join(tmpdir(), `${folderPrefix}${id}`);
}

/**
 * Writes each value into a file of its name, in memory where this machine has a place for that. Whoever the container
 * runs as may read and delete them: it is the folder around them that keeps everybody else of this machine away.
 * @param marked whether it is to be told later if other values are the same, which needs a log to be masked.
 * @returns the folder to hand over.
 * @throws Failure `disk-full` or `not-allowed` where no place takes them.
 */
export function writeSecrets(
  id: string,
  values: Readonly<Record<string, string>>,
  { marked = true }: { marked?: boolean } = {},
): string {
  try {
    return writeInto(secretsFolder(id), values, marked);
  } catch (error) {
    const { message } = error as Error;
    throw new Failure(
      {
        code: asFailure(error).problems[0]?.code === 'disk-full' ? 'disk-full' : 'not-allowed',
        message: `the secrets of ${id} cannot be laid out for its container: ${message}`,
        remedy: `make one of ${places().join(', ')} writable, with some space`,
      },
      { cause: error },
    );
  }
}

function writeInto(folder: string, values: Readonly<Record<string, string>>, marked: boolean): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(join(folder, marksFile), marked ? marksOf(values) : noMarks);
  const handed = join(folder, 'handed');
  mkdirSync(handed);
  for (const [name, value] of Object.entries(values)) {
    // A final line break is no part of a value, wherever it is read.
    writeFileSync(join(handed, name), `${value}\n`);
    chmodSync(join(handed, name), 0o644);
  }
  // Whatever the umask took away.
  chmodSync(handed, 0o777);
  return handed;
}

/** Whether the container has taken its secrets; it deletes each file that it read. */
export function secretsTaken(id: string): boolean {
  try {
    return readdirSync(join(secretsFolder(id), 'handed')).length === 0;
  } catch {
    return true;
  }
}

/** Takes the values away; what is left, where they were marked, tells whether other values are the same. */
export function takeSecretsBack(id: string): void {
  const folder = secretsFolder(id);
  rmSync(join(folder, 'handed'), { recursive: true, force: true });
  if (isUnmarked(folder)) removeSecrets(id);
}

/** Whether these are the values that were handed over; false also when that cannot be told any more. */
export function sameSecrets(id: string, values: Readonly<Record<string, string>>): boolean {
  try {
    const { salt, marks } = JSON.parse(readFileSync(join(secretsFolder(id), marksFile), 'utf8')) as {
      salt: string;
      marks: Record<string, string>;
    };
    return Object.entries(marks).every(([name, mark]) => markOf(values[name] ?? '', salt) === mark);
  } catch {
    return false;
  }
}

/** Forgets everything of a run's secrets. */
export function removeSecrets(id: string): void {
  rmSync(secretsFolder(id), { recursive: true, force: true });
}

/** Ids whose secrets lie here and will be asked for by nobody, once those who handed them over are gone. */
export function unmarkedSecrets(): string[] {
  return memoryPlaces().flatMap((place) =>
    readdirSync(place)
      .filter((name) => name.startsWith(folderPrefix) && isUnmarked(join(place, name)))
      .map((name) => name.slice(folderPrefix.length)),
  );
}

function isUnmarked(folder: string): boolean {
  try {
    return readFileSync(join(folder, marksFile), 'utf8') === noMarks;
  } catch {
    // Of another user, or something else.
    return false;
  }
}

const folderPrefix = 'slipway-secrets-';

const marksFile = 'marks.json';
const noMarks = 'null';

function marksOf(values: Readonly<Record<string, string>>): string {
  const salt = randomBytes(16).toString('hex');
  const marks = Object.entries(values).map(([name, value]) => [name, markOf(value, salt)]);
  return JSON.stringify({ salt, marks: Object.fromEntries(marks) });
}

const markOf = (value: string, salt: string): string =>
  createHash('sha256').update(salt).update(value).digest('hex');

/** Folders for what is to be on no disk, best first; the last one is on a disk, where this machine has no other. */
const places = (): string[] =>
  ['/dev/shm', process.env.XDG_RUNTIME_DIR ?? '', tmpdir()].filter((place) => place !== '');

/** Those of them that can be written. */
const memoryPlaces = (): string[] => places().filter(isWritable);

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function interrupted(name: string): Failure {
  return new Failure({
    code: 'interrupted',
    message: `reading ${name} was interrupted`,
    remedy: 'start the same command again',
  });
}

async function read(
  source: SecretSource,
  environment: Readonly<Record<string, string | undefined>>,
  { signal, timeoutMs }: Required<Patience>,
): Promise<string> {
  switch (source.from) {
    case 'environment': {
      const value = environment[source.name];
      if (value === undefined) throw new Error('it is not set');
      return value;
    }
    case 'file':
      return readFileSync(source.path, 'utf8');
    case 'command': {
      const [file = '', ...args] = source.command;
      // A group of its own: what such a program starts itself may go on without it.
      const apart = { detached: true, patienceMs: 1000 };
      const { exitCode, stdout, timedOut } = await tryRun({ file, args, signal, timeoutMs, ...apart });
      if (timedOut) throw new Error(`it did not end within ${timeoutMs / 1000} s`);
      if (exitCode !== 0) throw new Error(`it ended with exit code ${exitCode}`);
      return stdout;
    }
  }
}

/** A value as the container is to have it; without one, or with another one, a training may go on for hours in vain. */
function requireText(text: string): string {
  const value = text.replace(/\r?\n$/, '');
  if (value.trim() === '') {
    throw new Error('it is empty', { cause: 'give it a value, or leave this --env out' });
  }
  if (value.includes('\0') || value.includes('\uFFFD')) {
    const cause = 'keep it as text, for example in base64, or mount its file with --data';
    throw new Error('it is no text in UTF-8, and would not arrive as it is', { cause });
  }
  return value;
}

/** Of what Linux hands to a program (MAX_ARG_STRLEN), in bytes, with the name, its equals sign and a final zero. */
const longestEntry = 128 * 1024;

/** The container could start no program with a variable that is longer. */
function requireFit(name: string, value: string): string {
  const room = longestEntry - Buffer.byteLength(name) - 2;
  const bytes = Buffer.byteLength(value);
  if (bytes <= room) return value;
  throw new Error(`it has ${bytes} bytes, and a variable of this name holds ${room} at most`, {
    cause: 'mount its file with --data instead',
  });
}

function unreadable(name: string, source: SecretSource, error: Error): Problem {
  const what = {
    environment: () => `the variable ${(source as { name: string }).name} of this shell`,
    file: () => `the file ${(source as { path: string }).path}`,
    // Only the program: its arguments are the caller's business.
    command: () => `the command ${(source as { command: string[] }).command[0]}`,
  }[source.from]();
  return {
    code: 'secret-missing',
    message: `${name} is to come from ${what}: ${error.message.split('\n')[0]}`,
    remedy:
      typeof error.cause === 'string'
        ? error.cause
        : source.from === 'environment'
          ? `export ${source.name} first, or name another source: --env ${name}=file:PATH`
          : `correct what --env ${name}=... names`,
  };
}
