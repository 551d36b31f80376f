import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, type Problem } from '@slipway/contract';
import { tryRun } from './process.ts';

/** Where the value of a secret comes from; the value itself is in no plan, record or log. */
export type SecretSource =
  | { from: 'environment'; name: string }
  | { from: 'file'; path: string }
  | { from: 'command'; command: string[] };

/**
 * Reads secrets by their references. A final line break, as files and programs end with one, is no part of a value.
 * @returns variable name -> value.
 * @throws Failure `secret-missing` with all that could not be read; no message holds what was read or printed.
 */
export async function readSecrets(
  sources: Readonly<Record<string, SecretSource>>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const problems: Problem[] = [];
  const values: Record<string, string> = {};
  for (const [name, source] of Object.entries(sources)) {
    const value = await read(source, environment).catch((error: Error) => error);
    if (typeof value === 'string') values[name] = value.replace(/\r?\n$/, '');
    else problems.push(unreadable(name, source, value));
  }
  if (problems.length > 0) throw new Failure(problems);
  return values;
}

/** The folder of a run's secrets on this machine, which its owner alone can enter. */
export function secretsFolder(id: string): string {
  return join(process.env.XDG_RUNTIME_DIR ?? memoryFolder(), `slipway-secrets-${id}`);
}

/**
 * Writes each value into a file of its name, in memory where this machine has a place for that. Whoever the container
 * runs as may read and delete them: it is the folder around them that keeps everybody else of this machine away.
 * @returns the folder to hand over.
 */
export function writeSecrets(id: string, values: Readonly<Record<string, string>>): string {
  const folder = secretsFolder(id);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  const salt = randomBytes(16).toString('hex');
  const marks = Object.entries(values).map(([name, value]) => [name, markOf(value, salt)]);
  writeFileSync(join(folder, 'marks.json'), JSON.stringify({ salt, marks: Object.fromEntries(marks) }));
  const handed = join(folder, 'handed');
  mkdirSync(handed);
  for (const [name, value] of Object.entries(values)) {
    writeFileSync(join(handed, name), value);
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

/** Takes the values away; what is left tells whether other values are the same. */
export function takeSecretsBack(id: string): void {
  rmSync(join(secretsFolder(id), 'handed'), { recursive: true, force: true });
}

/** Whether these are the values that were handed over; false also when that cannot be told any more. */
export function sameSecrets(id: string, values: Readonly<Record<string, string>>): boolean {
  try {
    const { salt, marks } = JSON.parse(readFileSync(join(secretsFolder(id), 'marks.json'), 'utf8')) as {
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

const markOf = (value: string, salt: string): string =>
  createHash('sha256').update(salt).update(value).digest('hex');

function memoryFolder(): string {
  try {
    readdirSync('/dev/shm');
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

async function read(
  source: SecretSource,
  environment: Readonly<Record<string, string | undefined>>,
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
      const { exitCode, stdout } = await tryRun({ file, args, timeoutMs: 120_000 });
      if (exitCode !== 0) throw new Error(`it ended with exit code ${exitCode}`);
      return stdout;
    }
  }
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
      source.from === 'environment'
        ? `export ${source.name} first, or name another source: --env ${name}=file:PATH`
        : `correct what --env ${name}=... names`,
  };
}
