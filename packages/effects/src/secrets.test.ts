import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { run } from './process.ts';
import {
  readSecrets,
  removeSecrets,
  sameSecrets,
  secretsFolder,
  secretsTaken,
  takeSecretsBack,
  unmarkedSecrets,
  writeSecrets,
} from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-secrets-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => void vi.unstubAllEnvs());
const { signal } = new AbortController();
/** Ids of this test alone: the folders lie where everybody's do. */
const idOf = (name: string) => `test-${process.pid}-${name}`;

it('reads variables, files and what commands print, each without its last line break', async () => {
  const path = join(folder, 'key');
  writeFileSync(path, 'from a file\n');
  const values = await readSecrets(
    {
      A: { from: 'environment', name: 'B' },
      C: { from: 'file', path },
      D: { from: 'command', command: ['printf', 'two\nlines\n'] },
    },
    { B: 'of the caller' },
    { signal },
  );
  expect(values).toEqual({ A: 'of the caller', C: 'from a file', D: 'two\nlines' });
});

it('says everything that cannot be read, and nothing that was', async () => {
  const failing = readSecrets(
    {
      A: { from: 'environment', name: 'NOT_THERE' },
      B: { from: 'file', path: '/no/such/file' },
      C: { from: 'command', command: ['sh', '-c', 'echo planted-value; echo planted-value >&2; exit 3'] },
      D: { from: 'command', command: ['no-such-program', 'planted-argument'] },
    },
    {},
    { signal },
  );
  const message = await failing.catch((error: Error) => error.message);
  expect(message).toContain(
    'error[secret-missing] A is to come from the variable NOT_THERE of this shell: it is not set',
  );
  expect(message).toContain('B is to come from the file /no/such/file: ENOENT');
  expect(message).toContain('C is to come from the command sh: it ended with exit code 3');
  expect(message).toContain('D is to come from the command no-such-program: ');
  expect(message).not.toContain('planted');
});

it('waits for a command for a time only, whatever that has started, and says so', async () => {
  const slow = { A: { from: 'command' as const, command: ['sh', '-c', 'sleep 30; echo x'] } };
  const began = Date.now();
  const failing = readSecrets(slow, {}, { signal, timeoutMs: 300 });
  await expect(failing).rejects.toThrow('from the command sh: it did not end within 0.3 s');
  const interrupted = readSecrets(slow, {}, { signal: AbortSignal.timeout(300) });
  await expect(interrupted).rejects.toThrow('error[interrupted] reading A was interrupted');
  expect(Date.now() - began).toBeLessThan(10_000);
});

it('takes no value that is empty, or that would be another one in the container', async () => {
  const binary = join(folder, 'binary');
  writeFileSync(binary, Buffer.from([0x61, 0xff, 0x62]));
  writeFileSync(join(folder, 'blank'), '\n');
  const sources: Parameters<typeof readSecrets>[0] = {
    A: { from: 'environment', name: 'A' },
    B: { from: 'file', path: join(folder, 'blank') },
    C: { from: 'file', path: binary },
    D: { from: 'command', command: ['printf', 'a\\377b'] },
    E: { from: 'command', command: ['printf', 'a\\0b'] },
    F: { from: 'environment', name: 'LONG' },
  };
  const { signal } = new AbortController();
  const message = await readSecrets(sources, { A: '', LONG: 'x'.repeat(131_070) }, { signal }).catch(
    (error: Error) => error.message,
  );
  expect(message).toContain(
    'A is to come from the variable A of this shell: it is empty\n  fix: give it a value, or leave this --env out',
  );
  expect(message).toContain(`B is to come from the file ${folder}/blank: it is empty`);
  expect(message).toContain(`C is to come from the file ${binary}: it is no text in UTF-8`);
  expect(message).toContain('D is to come from the command printf: it is no text in UTF-8');
  expect(message).toContain('E is to come from the command printf: it is no text in UTF-8');
  expect(message).toContain('F is to come from the variable LONG of this shell: it has 131070 bytes');
});

it('takes the longest value that a program can be started with', async () => {
  const value = 'x'.repeat(131_069);
  const read = await readSecrets({ F: { from: 'environment', name: 'F' } }, { F: value }, { signal });
  await run({ file: 'true', args: [], env: read });
  await expect(run({ file: 'true', args: [], env: { F: `${value}x` } })).rejects.toThrow('E2BIG');
});

it('hands values over in files that nobody else can reach, until they are taken', () => {
  const at = writeSecrets(idOf('run-1'), { A: 'one', B: 'two' });
  expect(at.startsWith(secretsFolder(idOf('run-1')))).toBe(true);
  expect(statSync(secretsFolder(idOf('run-1'))).mode & 0o777).toBe(0o700);
  // Whoever the container runs as.
  expect(statSync(at).mode & 0o777).toBe(0o777);
  expect(statSync(join(at, 'A')).mode & 0o777).toBe(0o644);
  expect(readFileSync(join(at, 'B'), 'utf8')).toBe('two\n');
  expect(secretsTaken(idOf('run-1'))).toBe(false);
  rmSync(join(at, 'A'));
  rmSync(join(at, 'B'));
  expect(secretsTaken(idOf('run-1'))).toBe(true);
  takeSecretsBack(idOf('run-1'));
  expect(existsSync(at)).toBe(false);
  removeSecrets(idOf('run-1'));
  expect(existsSync(secretsFolder(idOf('run-1')))).toBe(false);
});

it('tells later whether values are those that were handed over, without keeping them', () => {
  const at = writeSecrets(idOf('run-2'), { A: 'one-planted', B: 'two-planted' });
  takeSecretsBack(idOf('run-2'));
  const left = readdirSync(secretsFolder(idOf('run-2'))).map((name) =>
    readFileSync(join(secretsFolder(idOf('run-2')), name), 'utf8'),
  );
  expect(left.join()).not.toContain('planted');
  expect(sameSecrets(idOf('run-2'), { A: 'one-planted', B: 'two-planted' })).toBe(true);
  expect(sameSecrets(idOf('run-2'), { A: 'one-planted', B: 'rotated' })).toBe(false);
  expect(existsSync(at)).toBe(false);
  removeSecrets(idOf('run-2'));
  expect(sameSecrets(idOf('run-2'), { A: 'one-planted', B: 'two-planted' })).toBe(false);
});

it.each([
  ['of a session that is over', '/run/user/none', undefined],
  ['of the one who started the run alone', folder, undefined],
  ['of the one who looks alone', undefined, folder],
])('are found again, with the runtime folder %s', (_whose, atStart, later) => {
  const id = idOf('run-3');
  vi.stubEnv('XDG_RUNTIME_DIR', atStart);
  writeSecrets(id, { A: 'one' });
  vi.stubEnv('XDG_RUNTIME_DIR', later);
  expect(sameSecrets(id, { A: 'one' })).toBe(true);
  removeSecrets(id);
  vi.stubEnv('XDG_RUNTIME_DIR', atStart);
  expect(existsSync(secretsFolder(id))).toBe(false);
});

it('are known as nobody is going to ask for them, where they were not marked', () => {
  const [marked, unmarked] = [idOf('run-4'), idOf('shell')];
  writeSecrets(marked, { A: 'one' });
  writeSecrets(unmarked, { A: 'one' }, { marked: false });
  expect(unmarkedSecrets()).toContain(unmarked);
  expect(unmarkedSecrets()).not.toContain(marked);
  for (const id of [marked, unmarked]) removeSecrets(id);
  expect(unmarkedSecrets()).not.toContain(unmarked);
});
