import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import type { Signer, Subject } from '@slipway/effects';
import { isSignedBy, readSignatures, type Signature } from './attest-signatures.ts';
import type { Statement } from './attest-statement.ts';
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
 * Signs an image and statements about it, as far as this key, or an identity, has not done so yet.
 * @returns whether anything had to be signed.
 * @throws Failure `signing-failed`.
 */
export async function signAll(
  by: 'key' | 'keyless',
  image: Subject,
  repository: string,
  statements: readonly Statement[],
  doors: Pick<Doors, 'registry' | 'signer'>,
): Promise<boolean> {
  const signer = signerOf(doors);
  const target = `${repository}@${image.digest}`;
  const publicKey = by === 'key' ? await signer.publicKey() : undefined;
  const isOurs = (each: Signature) =>
    publicKey === undefined ? each.identity !== null : isSignedBy(each, publicKey, image.digest);
  const signed = (await readSignatures(doors.registry, image)).filter(isOurs).map(({ of }) => of);
  const open = statements.filter(({ predicateType }) => !signed.includes(predicateType));
  await signStatements(open, signer, target);
  // The image last: who finds its signature finds the others.
  if (!signed.includes('image')) await signer.sign(target);
  return open.length > 0 || !signed.includes('image');
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
