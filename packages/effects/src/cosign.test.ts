import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSigner, signerArguments, verifyIdentity } from './cosign.ts';

let folder = '';
const path = process.env.PATH;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-cosign-'));
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true, force: true });
});

it.each([
  [{ key: 'cosign.key', transparencyLog: true }, 2, ['--yes', '--key=cosign.key']],
  [{ key: 'k', transparencyLog: false }, 2, ['--yes', '--key=k', '--tlog-upload=false']],
  [
    { key: 'k', transparencyLog: false },
    3,
    ['--yes', '--key=k', '--tlog-upload=false', '--use-signing-config=false'],
  ],
  // By an identity the log is what proves when it was signed.
  [{ key: undefined, transparencyLog: false }, 3, ['--yes']],
])('signing with %j by cosign %i is told %j', (settings, major, expected) => {
  expect(signerArguments(settings, major)).toEqual(expected);
});

it('says how cosign is had where it is missing', async () => {
  process.env.PATH = folder;
  const signer = openSigner(folder, { key: 'cosign.key', transparencyLog: false });
  await expect(signer.check()).rejects.toThrow(
    /error\[command-missing\] cosign is not installed[^\n]*\n {2}fix: install it \(https:\/\/docs.sigstore.dev/,
  );
});

it('names a key that is not there, and never one that is given in its path’s place', async () => {
  writeFileSync(join(folder, 'cosign'), '#!/bin/sh\necho \'{"gitVersion": "v2.6.1"}\'\n');
  chmodSync(join(folder, 'cosign'), 0o755);
  process.env.PATH = `${folder}:${path}`;
  const check = (key: string) => openSigner(folder, { key, transparencyLog: false }).check();
  await expect(check('no.key')).rejects.toThrow('error[signing-key-missing] there is no key no.key');
  await expect(check('-----BEGIN KEY-----\nhunter2')).rejects.not.toThrow('hunter2');
});

it('tells what cosign said when it fails', async () => {
  writeFileSync(
    join(folder, 'cosign'),
    '#!/bin/sh\nif [ $1 = version ]; then echo \'{"gitVersion": "v2.6.1"}\'; else echo "decrypt: wrong password" >&2; exit 1; fi\n',
  );
  chmodSync(join(folder, 'cosign'), 0o755);
  writeFileSync(join(folder, 'cosign.key'), '');
  process.env.PATH = `${folder}:${path}`;
  const signer = openSigner(folder, { key: 'cosign.key', transparencyLog: false });
  await expect(signer.check()).rejects.toThrow(
    /error\[signing-failed\] cosign public-key cosign.key ended with exit code 1:[\s\S]*wrong password\n {2}fix: .*COSIGN_PASSWORD/,
  );
});

it('holds an image against an identity through cosign, and tells what it says', async () => {
  const image = `localhost:5000/acme/digits@sha256:${'a'.repeat(64)}`;
  const wanted = {
    identity: 'https://example.org/workflow.yml@refs/heads/main',
    issuer: 'https://example.org',
  };
  process.env.PATH = folder;
  await expect(verifyIdentity(image, wanted)).rejects.toThrow(
    /error\[command-missing\] cosign is not installed, and signatures by an identity[^\n]*\n {2}fix: install it .*--key/,
  );
  const expected = `verify --certificate-identity=${wanted.identity} --certificate-oidc-issuer=${wanted.issuer} ${image}`;
  const refuse = 'echo "WARNING: x" >&2; echo "Error: no matching signatures" >&2; exit 10';
  writeFileSync(join(folder, 'cosign'), `#!/bin/sh\n[ "$*" = "${expected}" ] && exit 0\n${refuse}\n`);
  chmodSync(join(folder, 'cosign'), 0o755);
  process.env.PATH = `${folder}:${path}`;
  expect(await verifyIdentity(image, wanted)).toBeNull();
  expect(await verifyIdentity(image, { ...wanted, identity: 'someone else' })).toBe(
    'Error: no matching signatures',
  );
  expect(await verifyIdentity(image, wanted, 'cyclonedx')).not.toBeNull();
  const ofStatement = expected.replace('verify', 'verify-attestation --type=cyclonedx');
  writeFileSync(join(folder, 'cosign'), `#!/bin/sh\n[ "$*" = "${ofStatement}" ] && exit 0\n${refuse}\n`);
  expect(await verifyIdentity(image, wanted, 'cyclonedx')).toBeNull();
});
