import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listFiles } from './files.ts';

const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n';

/** A source tree in git, with the named files in it; the tracked ones are committed to the index only. */
function makeTree(files: Record<string, string>, { tracked = [] as string[], inGit = true } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'keys'));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args]);
  if (inGit) git('init', '--quiet');
  if (tracked.length > 0) git('add', '--', ...tracked);
  return folder;
}

it.each([
  ['a private key', 'keys/deploy', key],
  ['one of another kind', 'keys/deploy.pem', '\n-----BEGIN RSA PRIVATE KEY-----\n'],
  ['one without a kind', 'x.txt', '-----BEGIN PRIVATE KEY-----\n'],
  ['one that is encrypted', 'x.txt', '-----BEGIN ENCRYPTED PRIVATE KEY-----\n'],
  ['a file of log-ins', '.netrc', 'machine x login y password z\n'],
  ['another', '.git-credentials', ''],
  ['a key by its name', 'keys/id_ed25519', 'not looked at'],
])('refuses %s that nobody committed and nothing ignores', async (_what, path, text) => {
  const files = { 'main.py': '', [path]: text };
  const refused = listFiles(makeTree(files));
  await expect(refused).rejects.toThrow('error[secret-in-source]');
  await expect(refused).rejects.toThrow(path);
  await expect(refused).rejects.toThrow('add it to .gitignore');
  await expect(listFiles(makeTree(files, { inGit: false }))).rejects.toThrow('error[secret-in-source]');
});

it('takes what was committed, leaves what is ignored, and knows a public key', async () => {
  const folder = makeTree(
    {
      'main.py': '',
      '.gitignore': 'id_rsa\n',
      'keys/fixture': key,
      'keys/id_rsa': key,
      'keys/id_rsa.pub': 'ssh-ed25519 AAAA\n',
      'notes.md': 'A key begins with -----BEGIN OPENSSH PRIVATE KEY-----\n',
    },
    { tracked: ['keys/fixture'] },
  );
  symlinkSync('/root/.ssh/id_rsa', join(folder, 'id_ecdsa'));
  expect((await listFiles(folder)).map(({ path }) => path)).toEqual([
    '.gitignore',
    'id_ecdsa',
    'keys/fixture',
    'keys/id_rsa.pub',
    'main.py',
    'notes.md',
  ]);
});
