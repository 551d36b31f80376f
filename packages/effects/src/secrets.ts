import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** The folder that the secrets of a run are handed over in, until its container has taken them. */
export function secretsFolder(id: string): string {
  return join(process.env.XDG_RUNTIME_DIR ?? memoryFolder(), `slipway-secrets-${id}`);
}

/**
 * Writes each value into a file of its name that nobody else can read, in memory where this machine has a place for that.
 * @param uid the user who will read them, where the caller may give files away.
 */
export function writeSecrets(id: string, values: Readonly<Record<string, string>>, uid: number): string {
  const folder = secretsFolder(id);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  for (const [name, value] of Object.entries(values))
    writeFileSync(join(folder, name), value, { mode: 0o600 });
  if (process.getuid?.() === 0 && uid !== 0) {
    for (const name of [...readdirSync(folder).map((name) => join(folder, name)), folder]) {
      chownSync(name, uid, -1);
    }
  }
  // Whatever the umask took away.
  chmodSync(folder, 0o700);
  return folder;
}

/** Whether the container has taken its secrets; it deletes each file that it read. */
export function secretsTaken(id: string): boolean {
  try {
    return readdirSync(secretsFolder(id)).length === 0;
  } catch {
    return true;
  }
}

export function removeSecrets(id: string): void {
  rmSync(secretsFolder(id), { recursive: true, force: true });
}

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
