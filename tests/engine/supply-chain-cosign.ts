import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseReference } from '@slipway/contract';
import { openRegistry, run, tryRun } from '@slipway/effects';

// As it was before a test added what stands in.
const path = process.env.PATH;

/** A pair of keys, its password, and a folder for PATH in which there is a cosign. */
export interface CosignSetup {
  /** Whether it is cosign itself, and not what stands in for it here. */
  real: boolean;
  bin: string;
  key: string;
  publicKey: string;
  password: string;
  /** Arguments of every call of what stands in; of cosign itself nothing is known. */
  calls: string;
}

/**
 * Cosign, where this machine has one on its PATH. Elsewhere a program that keeps signatures in the same form in the same
 * places, with a key of the same kind (ECDSA on P-256) that a password protects.
 */
export async function setUpCosign(folder: string): Promise<CosignSetup> {
  const password = `password-${Math.random().toString(36).slice(2)}`;
  const bin = join(folder, 'bin');
  const setup = {
    bin,
    password,
    calls: join(folder, 'calls.txt'),
    key: join(folder, 'cosign.key'),
    publicKey: join(folder, 'cosign.pub'),
  };
  mkdirSync(bin, { recursive: true });
  const found = await tryRun({ file: 'which', args: ['cosign'], env: { PATH: path } });
  if (found.exitCode === 0) {
    const env = { COSIGN_PASSWORD: password, PATH: path };
    await run({ file: 'cosign', args: ['generate-key-pair'], cwd: folder, env });
    return { ...setup, real: true };
  }
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cipher = { cipher: 'aes-256-cbc', passphrase: password };
  writeFileSync(setup.key, privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }));
  writeFileSync(setup.publicKey, publicKey.export({ type: 'spki', format: 'pem' }));
  const program = resolve(import.meta.dirname, 'supply-chain-cosign.ts');
  writeFileSync(
    join(bin, 'cosign'),
    `#!/bin/sh\nSTAND_IN_CALLS=${setup.calls} exec ${process.execPath} ${program} "$@"\n`,
  );
  chmodSync(join(bin, 'cosign'), 0o755);
  return { ...setup, real: false };
}

/** What stands in for cosign: `version`, `public-key`, `sign` and `attest` with a key in a file, without a log. */
async function standIn([name = '', ...args]: string[]): Promise<void> {
  appendFileSync(process.env.STAND_IN_CALLS ?? '', `${[name, ...args].join(' ')}\n`);
  const option = (wanted: string) =>
    args.find((each) => each.startsWith(`--${wanted}=`))?.slice(wanted.length + 3) ??
    args[args.indexOf(`--${wanted}`) + 1] ??
    '';
  if (name === 'version') return console.log('{"gitVersion": "v2.6.1"}');
  const passphrase = process.env.COSIGN_PASSWORD ?? '';
  const key = createPrivateKey({ key: readFileSync(option('key'), 'utf8'), passphrase });
  const publicKey = createPublicKey(key.export({ type: 'pkcs8', format: 'pem' }) as string);
  if (name === 'public-key') return console.log(publicKey.export({ type: 'spki', format: 'pem' }));
  const signed = (bytes: string) => sign('sha256', Buffer.from(bytes), key).toString('base64');
  const image = args.at(-1) ?? '';
  const { digest } = parseReference(image);
  const repository = image.replace(/@.*/, '');
  if (name === 'sign') {
    const payload = JSON.stringify({
      critical: {
        identity: { 'docker-reference': repository },
        image: { 'docker-manifest-digest': digest },
        type: 'cosign container image signature',
      },
      optional: null,
    });
    const annotations = { 'dev.cosignproject.cosign/signature': signed(payload) };
    const type = 'application/vnd.dev.cosign.simplesigning.v1+json';
    return addLayer(image, 'sig', type, payload, annotations);
  }
  const types = { cyclonedx: 'https://cyclonedx.org/bom', slsaprovenance1: 'https://slsa.dev/provenance/v1' };
  const statement = JSON.stringify({
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: types[option('type') as keyof typeof types],
    subject: [{ name: repository, digest: { sha256: digest?.slice(7) } }],
    predicate: JSON.parse(readFileSync(option('predicate'), 'utf8')),
  });
  const payloadType = 'application/vnd.in-toto+json';
  const bytes = `DSSEv1 ${payloadType.length} ${payloadType} ${Buffer.byteLength(statement)} ${statement}`;
  const payload = Buffer.from(statement).toString('base64');
  const envelope = JSON.stringify({ payloadType, payload, signatures: [{ keyid: '', sig: signed(bytes) }] });
  return addLayer(image, 'att', 'application/vnd.dsse.envelope.v1+json', envelope, {
    'dev.cosignproject.cosign/signature': '',
    predicateType: types[option('type') as keyof typeof types],
  });
}

/** Signatures of an image are the layers of a manifest under a tag that names the image. */
async function addLayer(image: string, suffix: string, mediaType: string, text: string, annotations: object) {
  const registry = openRegistry();
  const { digest, ...place } = parseReference(image);
  const reference = { ...place, digest: null, tag: `${digest?.replace(':', '-')}.${suffix}` };
  const there = await registry.manifest(reference);
  const layers = there === undefined ? [] : JSON.parse(there.raw).layers;
  const config = await registry.putBlob(reference, '{}');
  const layer = await registry.putBlob(reference, text);
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const raw = JSON.stringify({
    schemaVersion: 2,
    mediaType: type,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 2 },
    layers: [...layers, { mediaType, digest: layer, size: Buffer.byteLength(text), annotations }],
  });
  await registry.putManifest(reference, { digest: '', mediaType: type, raw });
}

if (process.argv[1] === import.meta.filename) await standIn(process.argv.slice(2));
