import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, tryRun } from '@slipway/effects';
import { afterAll, expect, it } from 'vitest';
import { lookAtPrivateKey } from './private-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-key-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'id');

it.each([
  ['ed25519', [], ''],
  ['ed25519', [], 'planted'],
  ['rsa', ['-m', 'PEM'], ''],
  ['rsa', ['-m', 'PEM'], 'planted'],
  ['rsa', ['-m', 'PKCS8'], 'planted'],
])(
  'a key of ssh-keygen, %s %j with passphrase "%s", is seen to need that or not',
  async (type, form, passphrase) => {
    rmSync(path, { force: true });
    await run({ file: 'ssh-keygen', args: ['-q', '-t', type, ...form, '-N', passphrase, '-f', path] });
    expect(lookAtPrivateKey(path)).toEqual({ isKey: true, locked: passphrase !== '' });
    expect(lookAtPrivateKey(`${path}.pub`)).toEqual({ isKey: false, locked: false });
  },
);

it('waits for no pipe', async () => {
  const pipe = join(folder, 'pipe');
  await run({ file: 'mkfifo', args: [pipe] });
  const look = `import(process.argv[1]).then((key) => console.log(key.lookAtPrivateKey(process.argv[2])))`;
  const module = new URL('./private-key.ts', import.meta.url).href;
  // Whoever waits for one cannot be interrupted by a test.
  const asked = await tryRun({
    ...{ file: process.execPath, args: ['--no-warnings', '--eval', look, module, pipe], timeoutMs: 20_000 },
  });
  expect(asked).toMatchObject({ exitCode: 0, stdout: 'undefined' });
}, 30_000);

it('a key of openssl, and what is none', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  expect(lookAtPrivateKey(path)).toEqual({ isKey: true, locked: false });
  for (const text of ['', '-----BEGIN OPENSSH PRIVATE KEY-----', '-----BEGIN OPENSSH PRIVATE KEY-----\nx']) {
    writeFileSync(path, text);
    expect(lookAtPrivateKey(path)).toEqual({ isKey: text !== '', locked: false });
  }
  expect(lookAtPrivateKey(folder)).toBeUndefined();
  expect(lookAtPrivateKey(join(folder, 'none'))).toBeUndefined();
});
