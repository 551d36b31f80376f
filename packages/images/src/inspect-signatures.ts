import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure, formatReference, type Problem, type ReleaseManifest } from '@slipway/contract';
import { type Registry, type SignatureOfIdentity, type Subject, verifyIdentity } from '@slipway/effects';
import { isSignedBy, readSignatures, type Signature } from './attest-signatures.ts';
import type { Inspection } from './inspect.ts';

/** What the signatures of images are held against: a key, or an identity. */
export interface SignatureVerifier {
  /** PEM. */
  key?: string;
  /** As the caller named it. */
  by: string;
  identity?: SignatureOfIdentity;
}

/** What came of it. */
export interface SignatureVerdict {
  by: string;
  /** At least one signature of the image itself, over exactly its digest, is by the key or identity. */
  holds: boolean;
  /** Why it does not; null: it does. */
  why: string | null;
}

/** What a caller may hold signatures against. */
export interface VerifierOptions {
  /** File of a public key. */
  key?: string;
  /** Whom the certificate must name, and who must have vouched for that: both or neither. */
  identity?: string;
  issuer?: string;
}

/**
 * Reads what signatures are held against; undefined where the caller names nothing.
 * @param root folder that the path of a key is relative to.
 * @param dockerConfig folder with the log-in at the registry, for cosign.
 * @throws Failure `public-key-unreadable`, `usage`.
 */
export function openVerifier(
  root: string,
  { key, identity, issuer }: VerifierOptions,
  dockerConfig?: string,
): SignatureVerifier | undefined {
  if (key !== undefined && (identity ?? issuer) !== undefined) {
    throw usage('--key and --identity were both given', 'hold signatures against the one or the other');
  }
  if (key !== undefined) return { key: readPublicKey(root, key), by: key };
  if (identity === undefined && issuer === undefined) return undefined;
  if (!identity || !issuer) {
    throw usage(
      `${identity ? '--identity' : '--issuer'} was given without ${identity ? '--issuer' : '--identity'}`,
      'name both: --identity=https://github.com/OWNER/REPOSITORY/.github/workflows/FILE@REF --issuer=https://token.actions.githubusercontent.com',
    );
  }
  return { by: `${identity} (${issuer})`, identity: { identity, issuer, dockerConfig } };
}

/**
 * Holds an image against a key or an identity.
 * @throws Failure `command-missing` when cosign is needed and not there.
 */
export async function judgeSignatures(
  { by, key, identity }: SignatureVerifier,
  image: Subject,
  signatures: readonly Signature[],
): Promise<SignatureVerdict> {
  const own = signatures.filter(({ of }) => of === 'image');
  if (identity !== undefined) {
    // Certificates, their chain and the public log are cosign's to check.
    const said = await verifyIdentity(formatReference({ ...image, tag: null }), identity);
    return { by, holds: said === null, why: said };
  }
  if (own.length === 0) return { by, holds: false, why: 'it is not signed' };
  const holds = own.some((each) => isSignedBy(each, key ?? '', image.digest));
  const others = `${own.length} signature${own.length === 1 ? ' is' : 's are'} there, by others`;
  return { by, holds, why: holds ? null : others };
}

/**
 * Holds the images that a release manifest names against a key or an identity. Nobody signs the manifest.
 * @throws Failure `command-missing` and those of the registry.
 */
export async function judgeRelease(
  verifier: SignatureVerifier,
  manifest: Subject,
  { architectures }: ReleaseManifest,
  registry: Registry,
): Promise<SignatureVerdict> {
  const named = Object.entries(architectures).map(async ([name, { digest }]) => {
    const image = { ...manifest, digest };
    const { why } = await judgeSignatures(verifier, image, await readSignatures(registry, image));
    return why === null ? [] : [`${name} (${digest}): ${why}`];
  });
  const wrong = named.length === 0 ? ['it names no image'] : (await Promise.all(named)).flat();
  return {
    by: verifier.by,
    holds: wrong.length === 0,
    why: wrong.length === 0 ? null : wrong.join('; '),
  };
}

type Judged = Pick<Inspection, 'image' | 'kind' | 'version' | 'contract' | 'release' | 'verification'>;

/** The problem of an image that nobody signed who should have. */
export function signatureProblem(found: Judged, verifier: SignatureVerifier): Problem | undefined {
  const { image, verification } = found;
  if (verification === null || verification.holds) return undefined;
  return {
    code: 'signature-missing',
    message: `${image} has no signature by ${verification.by}: ${verification.why}`,
    remedy: `do not use it where only signed images may be used; ${signing(found, verifier)}`,
  };
}

/** How it gets a signature, by what it is and what it is held against. */
function signing({ kind, version, contract, release }: Judged, { identity }: SignatureVerifier): string {
  const target = {
    base: `base-${contract?.architecture ?? 'ARCHITECTURE'}:build-image`,
    runtime: `runtime-image:publish --as=${release?.version ?? version}`,
  }[release === null ? (kind ?? '') : 'runtime'];
  if (kind === 'dev') return 'dev images are not signed';
  if (target === undefined) return 'whoever made it can sign it, with cosign';
  if (identity === undefined) return `whoever publishes it signs it: npx nx run ${target} --sign-key=FILE`;
  return `a job with that identity signs it, with sign = "keyless" under [supply_chain] in slipway.toml: npx nx run ${target} --sign`;
}

function readPublicKey(root: string, path: string): string {
  const remedy = 'name the file of a public key: cosign public-key --key cosign.key > cosign.pub';
  let text: string;
  try {
    text = readFileSync(resolve(root, path), 'utf8');
  } catch (error) {
    const message = `the public key ${path} cannot be read: ${(error as Error).message}`;
    throw new Failure({ code: 'public-key-unreadable', message, remedy });
  }
  // What is a private one is refused too, although its public half could be made of it: it does not belong here.
  if (!/PRIVATE KEY/.test(text)) {
    try {
      createPublicKey(text);
      return text;
    } catch {
      // Told below; what the file holds is not.
    }
  }
  throw new Failure({ code: 'public-key-unreadable', message: `${path} holds no public key`, remedy });
}

const usage = (message: string, remedy: string): Failure => new Failure({ code: 'usage', message, remedy });
