import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { type Signer, type Subject, verifyIdentity } from '@slipway/effects';
import { isSignedBy, readSignatures } from './attest-signatures.ts';
import { type Statement, statementKinds } from './attest-statement.ts';
import type { Doors } from './execute.ts';
import { type ImagePlan, isLoaded } from './plan.ts';

/**
 * Refuses to begin what could not be signed.
 * @throws Failure `signing-key-missing`, `command-missing`, `signing-failed`.
 */
export async function checkSigner(plan: ImagePlan, doors: Pick<Doors, 'signer'>): Promise<void> {
  if (!plan.attest?.sign || isLoaded(plan)) return;
  await signerOf(doors).check();
}

/**
 * What this key, or this job's identity, has signed already: `image`, and types of statements about it. Where nobody
 * knows whom the certificate will name, that is nothing.
 * @throws Failure `signing-failed`.
 */
export async function findSigned(
  by: 'key' | 'keyless',
  image: Subject,
  repository: string,
  doors: Pick<Doors, 'registry' | 'signer'>,
): Promise<string[]> {
  const signer = signerOf(doors);
  const there = await readSignatures(doors.registry, image);
  if (by === 'key') {
    const publicKey = (await signer.publicKey()) ?? '';
    return there.filter((each) => isSignedBy(each, publicKey, image.digest)).map(({ of }) => of);
  }
  const own = signer.identity;
  if (own === undefined) return [];
  const named = new Set(there.filter(({ identity }) => identity === own.identity).map(({ of }) => of));
  const kinds = [
    { of: 'image', type: undefined },
    ...Object.values(statementKinds).map(({ predicateType, type }) => ({ of: predicateType, type })),
  ];
  const found = kinds.map(async ({ of, type }) => {
    // Anybody can make a certificate with that name: cosign tells whether this one counts.
    const counts =
      named.has(of) && (await verifyIdentity(`${repository}@${image.digest}`, own, type)) === null;
    return counts ? [of] : [];
  });
  return (await Promise.all(found)).flat();
}

/**
 * Signs an image and statements about it.
 * @param signed what is signed already.
 * @returns whether anything had to be signed.
 * @throws Failure `signing-failed`.
 */
export async function signAll(
  image: Subject,
  repository: string,
  statements: readonly Statement[],
  signed: readonly string[],
  doors: Pick<Doors, 'signer'>,
): Promise<boolean> {
  const signer = signerOf(doors);
  const target = `${repository}@${image.digest}`;
  await signStatements(statements, signer, target);
  // The image last: who finds its signature finds the others.
  if (!signed.includes('image')) await signer.sign(target);
  return statements.length > 0 || !signed.includes('image');
}

async function signStatements(
  statements: readonly Statement[],
  signer: Signer,
  target: string,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-attest-'));
  try {
    for (const { type, predicate } of statements) {
      const file = join(folder, `${type}.json`);
      writeFileSync(file, predicate);
      await signer.attest(target, type, file);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function signerOf({ signer }: Pick<Doors, 'signer'>): Signer {
  if (signer !== undefined) return signer();
  throw new Failure({
    code: 'signing-key-missing',
    message: 'the plan says that images are signed, and this command was given no key',
    remedy: 'name the key: COSIGN_KEY=cosign.key, with its password in COSIGN_PASSWORD',
  });
}
