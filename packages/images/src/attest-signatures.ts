import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import type { Descriptor, Manifest, Registry, Subject } from '@slipway/effects';
import { listReferrers, referrersTag } from '@slipway/effects';

/** A signature that cosign put beside an image. It is read here, and says nothing before it is verified. */
export interface Signature {
  /** Whether the image itself is signed, or a statement about it: then of what kind, by its type. */
  of: 'image' | string;
  /** Whom its certificate names; null: it is by a key. */
  identity: string | null;
  /** Who vouched for that identity. */
  issuer: string | null;
  /** The signed bytes, and what they say. */
  signed: Buffer;
  /** Digests of the images that they are about. */
  digests: string[];
  signature: Buffer;
}

/**
 * Signatures beside an image, where cosign 2 keeps them (the tags `sha256-<digest>.sig` and `.att`) and where cosign 3
 * does (bundles that refer to the image). One that cannot be read is passed over.
 */
export async function readSignatures(registry: Registry, image: Subject): Promise<Signature[]> {
  const [byTag, byReference] = await Promise.all([
    taggedLayers(registry, image),
    bundleLayers(registry, image),
  ]);
  const found = [...byTag, ...byReference].map(async (layer) => {
    try {
      return readSignature(layer, await registry.blob(image, layer.digest));
    } catch {
      return undefined;
    }
  });
  return (await Promise.all(found)).filter((each) => each !== undefined);
}

/** Whether a signature was made by a key, over exactly this image. @param publicKey PEM. */
export function isSignedBy(
  { signed, signature, digests }: Signature,
  publicKey: string,
  digest: string,
): boolean {
  if (!digests.includes(digest)) return false;
  try {
    const key = createPublicKey(publicKey);
    // Keys of this kind hash by themselves.
    return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', signed, key, signature);
  } catch {
    return false;
  }
}

const bundleType = /^application\/vnd\.dev\.sigstore\.bundle/;

interface Layer {
  mediaType: string;
  digest: string;
  annotations?: Record<string, string>;
}

async function taggedLayers(registry: Registry, image: Subject): Promise<Layer[]> {
  const found = ['sig', 'att'].map(async (kind) => {
    const tag = `${referrersTag(image.digest)}.${kind}`;
    return layersOf(await registry.manifest({ ...image, tag, digest: null }));
  });
  return (await Promise.all(found)).flat();
}

async function bundleLayers(registry: Registry, image: Subject): Promise<Layer[]> {
  const isBundle = ({ artifactType = '' }: Descriptor) => bundleType.test(artifactType);
  const bundles = (await listReferrers(registry, image)).filter(isBundle);
  const found = bundles.map(async ({ digest }) => layersOf(await registry.manifest({ ...image, digest })));
  return (await Promise.all(found)).flat();
}

const layersOf = (manifest: Manifest | undefined): Layer[] =>
  manifest === undefined ? [] : ((JSON.parse(manifest.raw) as { layers?: Layer[] }).layers ?? []);

function readSignature({ mediaType, annotations = {} }: Layer, text: string): Signature | undefined {
  const certificate = annotations['dev.sigstore.cosign/certificate'];
  if (mediaType === 'application/vnd.dev.cosign.simplesigning.v1+json') {
    const { critical } = JSON.parse(text) as { critical: { image: { 'docker-manifest-digest': string } } };
    return {
      of: 'image',
      ...whose(certificate),
      signed: Buffer.from(text),
      digests: [critical.image['docker-manifest-digest']],
      signature: Buffer.from(annotations['dev.cosignproject.cosign/signature'] ?? '', 'base64'),
    };
  }
  if (bundleType.test(mediaType)) {
    const { dsseEnvelope, verificationMaterial } = JSON.parse(text) as {
      dsseEnvelope?: Envelope;
      verificationMaterial?: { certificate?: { rawBytes: string } };
    };
    const raw = verificationMaterial?.certificate?.rawBytes;
    return dsseEnvelope && fromEnvelope(dsseEnvelope, raw && Buffer.from(raw, 'base64'));
  }
  return fromEnvelope(JSON.parse(text) as Envelope, certificate);
}

/** https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md */
interface Envelope {
  payloadType: string;
  payload: string;
  signatures: { sig: string }[];
}

function fromEnvelope(
  { payloadType, payload, signatures }: Envelope,
  certificate: string | Buffer | undefined,
): Signature {
  const body = Buffer.from(payload, 'base64');
  const statement = JSON.parse(body.toString()) as {
    predicateType: string;
    subject?: { digest?: { sha256?: string } }[];
  };
  // What is signed is the type and the bytes, each with its length before it.
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${body.length} `;
  return {
    of: statement.predicateType === 'https://sigstore.dev/cosign/sign/v1' ? 'image' : statement.predicateType,
    ...whose(certificate),
    signed: Buffer.concat([Buffer.from(head), body]),
    digests: (statement.subject ?? []).map(({ digest }) => `sha256:${digest?.sha256}`),
    signature: Buffer.from(signatures[0]?.sig ?? '', 'base64'),
  };
}

/** Whom a certificate of Sigstore names (https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md). */
function whose(certificate: string | Buffer | undefined): Pick<Signature, 'identity' | 'issuer'> {
  if (!certificate) return { identity: null, issuer: null };
  const { subjectAltName = '', raw } = new X509Certificate(certificate);
  const names = subjectAltName.replace(/(^|, )(?:URI|email):/g, '$1');
  return { identity: names || 'a certificate that names nobody', issuer: issuerIn(raw) };
}

/** The issuer of the identity's token: the text in the extension 1.3.6.1.4.1.57264.1.8, or 1.1 of older ones. */
function issuerIn(certificate: Buffer): string | null {
  for (const [last, skip] of [
    [0x08, 4],
    [0x01, 2],
  ] as const) {
    const at = certificate.indexOf(Buffer.from([0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1, last]));
    const start = at + 10 + skip;
    // The byte before a text is its length: what comes after it may look like a part of it.
    const end = start + (certificate[start - 1] ?? 0);
    const text = at === -1 ? '' : certificate.subarray(start, end).toString('latin1');
    const [url] = /https:\/\/[\x21-\x7e]+/.exec(text) ?? [];
    if (url !== undefined) return url;
  }
  return null;
}
