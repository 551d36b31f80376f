import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  readSecrets,
  removeSecrets,
  sameSecrets,
  secretsFolder,
  secretsTaken,
  takeSecretsBack,
  writeSecrets,
} from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-secrets-test-'));
const before = process.env.XDG_RUNTIME_DIR;
beforeAll(() => {
  process.env.XDG_RUNTIME_DIR = folder;
});
afterAll(() => {
  if (before === undefined) delete process.env.XDG_RUNTIME_DIR;
  else process.env.XDG_RUNTIME_DIR = before;
  rmSync(folder, { recursive: true, force: true });
});

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

it('hands values over in files that nobody else can reach, until they are taken', () => {
  const at = writeSecrets('run-1', { A: 'one', B: 'two' });
  expect(at.startsWith(secretsFolder('run-1'))).toBe(true);
  expect(statSync(secretsFolder('run-1')).mode & 0o777).toBe(0o700);
  // Whoever the container runs as.
  expect(statSync(at).mode & 0o777).toBe(0o777);
  expect(statSync(join(at, 'A')).mode & 0o777).toBe(0o644);
  expect(readFileSync(join(at, 'B'), 'utf8')).toBe('two');
  expect(secretsTaken('run-1')).toBe(false);
  rmSync(join(at, 'A'));
  rmSync(join(at, 'B'));
  expect(secretsTaken('run-1')).toBe(true);
  takeSecretsBack('run-1');
  expect(existsSync(at)).toBe(false);
  removeSecrets('run-1');
  expect(existsSync(secretsFolder('run-1'))).toBe(false);
});

it('tells later whether values are those that were handed over, without keeping them', () => {
  const at = writeSecrets('run-2', { A: 'one-planted', B: 'two-planted' });
  takeSecretsBack('run-2');
  const left = readdirSync(secretsFolder('run-2')).map((name) =>
    readFileSync(join(secretsFolder('run-2'), name), 'utf8'),
  );
  expect(left.join()).not.toContain('planted');
  expect(sameSecrets('run-2', { A: 'one-planted', B: 'two-planted' })).toBe(true);
  expect(sameSecrets('run-2', { A: 'one-planted', B: 'rotated' })).toBe(false);
  expect(existsSync(at)).toBe(false);
  removeSecrets('run-2');
  expect(sameSecrets('run-2', { A: 'one-planted', B: 'two-planted' })).toBe(false);
});
