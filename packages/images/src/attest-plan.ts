import type { SupplyChain } from '@slipway/contract';

/** What is put beside an image. It is no part of the image, nor of its key. */
export interface AttestPlan {
  /** A list of what the image holds. */
  sbom: boolean;
  /** A statement of what it was built from. */
  provenance: boolean;
  /** By what the image and both of these are signed; null: they are not. */
  sign: 'key' | 'keyless' | null;
  /** Whether a signature by a key is entered in the public log. */
  transparencyLog: boolean;
}

/** The part of a plan that says what is put beside an image; nothing where nothing is. */
export function planAttest({ sbom, provenance, sign, transparencyLog }: SupplyChain): {
  attest?: AttestPlan;
} {
  // What signs where a key is given was settled when the workspace was opened: see `withSupplyChain`.
  const by = sign === 'never' ? null : sign;
  if (!sbom && !provenance && by === null) return {};
  return { attest: { sbom, provenance, sign: by, transparencyLog } };
}
