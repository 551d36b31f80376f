import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Registry, Signer, Subject } from '@slipway/effects';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findSigned } from './attest-sign.ts';
import { readSignatures } from './attest-signatures.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const image: Subject = { registry: 'localhost:5000', repository: 'acme/digits', tag: null, digest };
const own = {
  identity: 'https://github.com/o/r/.github/workflows/w.yml@refs/heads/main',
  issuer: 'https://token.actions.githubusercontent.com',
};
/** Made by openssl, and so by nobody: it names the identity above, with its issuer and one extension more. */
const certificate = [
  'MIICBjCCAaygAwIBAgIUOHvw4LinziSvCH003tvvehlX7EEwCgYIKoZIzj0EAwIwADAeFw0yNjExMjUyMzU4MzJaFw0zNjEx',
  'MjIyMzU4MzJaMAAwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR4SiZJMIwV3532naSpC3DFMOxYJtOXG9vnC0Jkr0Tzw0Sm',
  'AFZPfBAoe1V/5Bdb2qMe6WnwL07OyVIdZ6Zr5wBVo4IBAjCB/zAdBgNVHQ4EFgQUfru1QbwU2RjcXIIGbz3gNlDFvdAwHwYD',
  'VR0jBBgwFoAUfru1QbwU2RjcXIIGbz3gNlDFvdAwDwYDVR0TAQH/BAUwAwEB/zBJBgNVHREEQjBAhj5odHRwczovL2dpdGh1',
  'Yi5jb20vby9yLy5naXRodWIvd29ya2Zsb3dzL3cueW1sQHJlZnMvaGVhZHMvbWFpbjA7BgorBgEEAYO/MAEIBC0MK2h0dHBz',
  'Oi8vdG9rZW4uYWN0aW9ucy5naXRodWJ1c2VyY29udGVudC5jb20wJAYKKwYBBAGDvzABCQQWDBRodHRwczovL2dpdGh1Yi5j',
  'b20veDAKBggqhkjOPQQDAgNIADBFAiEAk6OFe9V6wlLKTh4sTt2yWENKR/vcUa9y2lX+ffvqAtgCIHKSNaZZ1l5ouoNKejFM',
  'U7cYZmY8Wqbsa91n6/S50ySh',
].join('');

const simple = { critical: { image: { 'docker-manifest-digest': digest } } };
const layer = {
  mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
  digest: 'sig',
  annotations: {
    'dev.sigstore.cosign/certificate': `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`,
  },
};
/** A registry in which the image is signed with that certificate. */
const registry = {
  referrers: async () => [],
  manifest: async ({ tag }: { tag: string }) =>
    tag.endsWith('.sig')
      ? { digest: '', mediaType: '', raw: JSON.stringify({ layers: [layer] }) }
      : undefined,
  blob: async () => JSON.stringify(simple),
} as unknown as Registry;

let folder = '';
const path = process.env.PATH;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-cosign-'));
  process.env.PATH = `${folder}:${path}`;
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true, force: true });
});

/** What counts as signed, where cosign gives this answer. */
const signed = (exitCode: number, identity: Signer['identity']) => {
  writeFileSync(join(folder, 'cosign'), `#!/bin/sh\nexit ${exitCode}\n`);
  chmodSync(join(folder, 'cosign'), 0o755);
  const signer = () => ({ identity }) as Signer;
  return findSigned('keyless', image, 'localhost:5000/acme/digits', { registry, signer });
};

it('counts signatures by this job alone, and those as far as cosign does', async () => {
  expect(await signed(0, own)).toEqual(['image']);
  // A certificate that somebody made for himself.
  expect(await signed(1, own)).toEqual([]);
  expect(await signed(0, { ...own, identity: 'me@example.org' })).toEqual([]);
  expect(await signed(0, undefined)).toEqual([]);
});

it('reads whom a certificate names, and who vouches for it', async () => {
  expect(await readSignatures(registry, image)).toMatchObject([{ of: 'image', ...own }]);
});
