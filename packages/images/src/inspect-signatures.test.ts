import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subject } from '@slipway/effects';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Signature } from './attest-signatures.ts';
import { judgeSignatures, openVerifier, signatureProblem } from './inspect-signatures.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const image: Subject = { registry: 'localhost:5000', repository: 'acme/digits', tag: null, digest };
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [one, two, third] = [pair(), pair(), pair()];
const edwards = generateKeyPairSync('ed25519');
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
const signature = (key: KeyObject, change: Partial<Signature> = {}): Signature => {
  const signed = Buffer.from('what is signed');
  return {
    ...{ of: 'image', identity: null, issuer: null, signed, digests: [digest] },
    signature: sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', signed, key),
    ...change,
  };
};

it.each([
  ['by the one key', [signature(one.privateKey)], one.publicKey, true],
  [
    'by two keys, held against the first',
    [signature(one.privateKey), signature(two.privateKey)],
    one.publicKey,
    true,
  ],
  [
    'by two keys, held against the second',
    [signature(one.privateKey), signature(two.privateKey)],
    two.publicKey,
    true,
  ],
  ['by an Ed25519 key', [signature(edwards.privateKey)], edwards.publicKey, true],
  ['by others alone', [signature(one.privateKey), signature(two.privateKey)], third.publicKey, false],
  ['not at all', [], one.publicKey, false],
  [
    'in a statement, but not the image',
    [signature(one.privateKey, { of: 'https://x' })],
    one.publicKey,
    false,
  ],
  ['as another image', [signature(one.privateKey, { digests: ['sha256:b'] })], one.publicKey, false],
])('an image that is signed %s', async (_what, signatures, key, holds) => {
  const verdict = await judgeSignatures({ by: 'cosign.pub', key: pem(key) }, image, signatures);
  expect(verdict.holds).toBe(holds);
  const verifier = { by: 'cosign.pub', key: pem(key) };
  expect(signatureProblem(judged({ verification: verdict }), verifier)?.code).toBe(
    holds ? undefined : 'signature-missing',
  );
});

type Judged = Parameters<typeof signatureProblem>[0];
const judged = (change: Partial<Judged>): Judged => ({
  ...{ image: 'acme/digits:1', kind: 'runtime', version: 'v0.1.0', contract: null, release: null },
  verification: { by: 'cosign.pub', holds: false, why: 'it is not signed' },
  ...change,
});
const identity = { identity: 'https://example.org/w.yml', issuer: 'https://example.org' };

it.each<[string, Partial<Judged>, object, string]>([
  ['a runtime image', {}, {}, 'npx nx run runtime-image:publish --as=v0.1.0 --sign-key=FILE'],
  [
    'a base',
    { kind: 'base', contract: { architecture: 'cpu' } as Judged['contract'] },
    {},
    'npx nx run base-cpu:build-image --sign-key=FILE',
  ],
  [
    'a version',
    { kind: null, version: null, release: { version: 'v0.2.0' } as Judged['release'] },
    {},
    'npx nx run runtime-image:publish --as=v0.2.0 --sign-key=FILE',
  ],
  [
    'an identity',
    {},
    { identity },
    'sign = "keyless" .* npx nx run runtime-image:publish --as=v0.1.0 --sign$',
  ],
  ['a dev image', { kind: 'dev' }, {}, 'dev images are not signed'],
  ['an image of others', { kind: null, version: null }, {}, 'whoever made it can sign it, with cosign'],
])('says how %s gets its signature', (_what, change, by, remedy) => {
  const problem = signatureProblem(judged(change), { by: 'cosign.pub', ...by });
  expect(problem?.remedy).toMatch(new RegExp(remedy));
});

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-keys-'));
  writeFileSync(join(folder, 'garbage.pub'), 'hunter2\n');
  writeFileSync(join(folder, 'cosign.pub'), pem(one.publicKey));
  writeFileSync(
    join(folder, 'private.pem'),
    one.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  [{ key: 'garbage.pub' }, 'error[public-key-unreadable] garbage.pub holds no public key'],
  [{ key: 'private.pem' }, 'error[public-key-unreadable] private.pem holds no public key'],
  [{ key: 'none.pub' }, 'error[public-key-unreadable] the public key none.pub cannot be read'],
  [{ identity: 'me@example.org' }, 'error[usage] --identity was given without --issuer'],
  [{ issuer: 'https://example.org' }, 'error[usage] --issuer was given without --identity'],
  [{ key: 'cosign.pub', identity: 'me', issuer: 'x' }, 'error[usage] --key and --identity'],
])('%j is refused', (options, problem) => {
  expect(() => openVerifier(folder, options)).toThrow(problem);
  expect(() => openVerifier(folder, options)).not.toThrow('hunter2');
});

it('holds against nothing unless it is asked to', () => {
  expect(openVerifier(folder, {})).toBeUndefined();
  expect(openVerifier(folder, { key: 'cosign.pub' })).toEqual({ by: 'cosign.pub', key: pem(one.publicKey) });
});
