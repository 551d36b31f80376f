import { isAbsolute } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { removeSecrets, secretsFolder, takeSecretsBack, writeSecrets } from './secrets.ts';

vi.mock('node:fs', async (importOriginal) => ({
  ...(await importOriginal<typeof import('node:fs')>()),
  accessSync: () => {
    throw new Error('EACCES');
  },
}));

it('says that a machine has no place for secrets, and touches nothing of the folder it is called in', () => {
  vi.stubEnv('TMPDIR', '/nowhere');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(isAbsolute(secretsFolder('a'))).toBe(true);
  expect(() => writeSecrets('a', { A: 'planted' })).toThrow(
    /^error\[not-allowed\] the secrets of a cannot be laid out .*ENOENT.*\n.*fix: make one of \/dev\/shm.*\/nowhere writable/,
  );
  takeSecretsBack('a');
  removeSecrets('a');
});
