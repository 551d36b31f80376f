import { generateKeyPairSync, sign } from 'node:crypto';
import type { Registry, Subject } from '@slipway/effects';
import { expect, it } from 'vitest';
import { isSignedBy, readSignatures } from './attest-signatures.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const image: Subject = { registry: 'localhost:5000', repository: 'acme/digits', tag: null, digest };
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const pem = (key: typeof publicKey) => key.export({ type: 'spki', format: 'pem' }).toString();

/** What `cosign sign` keeps (https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md). */
const simple = JSON.stringify({
  critical: {
    identity: { 'docker-reference': 'localhost:5000/acme/digits' },
    image: { 'docker-manifest-digest': digest },
    type: 'cosign container image signature',
  },
  optional: null,
});
const statement = JSON.stringify({
  _type: 'https://in-toto.io/Statement/v0.1',
  predicateType: 'https://slsa.dev/provenance/v1',
  subject: [{ name: 'acme/digits', digest: { sha256: 'a'.repeat(64) } }],
  predicate: {},
});
/** What `cosign attest` keeps. */
function envelope(payload: string): string {
  const payloadType = 'application/vnd.in-toto+json';
  const signed = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} ${payload}`;
  return JSON.stringify({
    payloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid: '', sig: sign('sha256', Buffer.from(signed), privateKey).toString('base64') }],
  });
}

/** A registry with texts under the tags of cosign. */
function registry(blobs: Record<string, { type: string; text: string; annotations?: object }>): Registry {
  return {
    referrers: async () => [],
    manifest: async ({ tag }: { tag: string | null }) => {
      const suffix = tag?.split('.')[1] ?? '';
      const found = blobs[suffix];
      if (found === undefined) return undefined;
      const layer = { mediaType: found.type, digest: suffix, annotations: found.annotations };
      return { digest: '', mediaType: '', raw: JSON.stringify({ layers: [layer] }) };
    },
    blob: async (_: unknown, suffix: string) => blobs[suffix]?.text ?? '',
  } as unknown as Registry;
}
const signed = (text: string) => ({
  'dev.cosignproject.cosign/signature': sign('sha256', Buffer.from(text), privateKey).toString('base64'),
});
const signatureType = 'application/vnd.dev.cosign.simplesigning.v1+json';

it('reads and verifies the signature of an image and of a statement about it', async () => {
  const found = await readSignatures(
    registry({
      sig: { type: signatureType, text: simple, annotations: signed(simple) },
      att: { type: 'application/vnd.dsse.envelope.v1+json', text: envelope(statement) },
    }),
    image,
  );
  expect(found.map(({ of, identity }) => [of, identity])).toEqual([
    ['image', null],
    ['https://slsa.dev/provenance/v1', null],
  ]);
  for (const each of found) {
    expect(isSignedBy(each, pem(publicKey), digest)).toBe(true);
    expect(isSignedBy(each, pem(other), digest)).toBe(false);
    // One that was moved here from another image.
    expect(isSignedBy(each, pem(publicKey), `sha256:${'b'.repeat(64)}`)).toBe(false);
    expect(isSignedBy(each, 'no key', digest)).toBe(false);
  }
});

it('does not verify what was changed after it had been signed, and passes over what it cannot read', async () => {
  const forged = simple.replace('cosign container', 'other container');
  const found = await readSignatures(
    registry({
      sig: { type: signatureType, text: forged, annotations: signed(simple) },
      att: { type: 'application/vnd.dsse.envelope.v1+json', text: 'not JSON' },
    }),
    image,
  );
  expect(found.map((each) => isSignedBy(each, pem(publicKey), digest))).toEqual([false]);
});
