import { Failure, type SupplyChain } from '@slipway/contract';
import { openSigner, type SignatureOfIdentity, type Signer } from '@slipway/effects';
import type { Workspace } from './build-images.ts';

/** What the command line says of the supply chain; absent: what the definition says. */
export interface AttestOptions {
  sbom?: boolean;
  provenance?: boolean;
  /** False: nothing is signed. */
  sign?: boolean;
  /** A key as cosign names it, in COSIGN_KEY's place. */
  signKey?: string;
  /** File with a saved plan, which says by itself what is put beside images. */
  plan?: string;
}

/** Whether a command line says anything of it. Of one command, every image is told the same. */
export const asksToAttest = ({ sbom, provenance, sign, signKey }: AttestOptions): boolean =>
  [sbom, provenance, sign, signKey].some((value) => value !== undefined);

/** Variables of the environment that decide by what is signed. */
export type SigningEnvironment = Readonly<Record<string, string | undefined>>;

/** A workspace whose images get what definition, command line and environment together ask for. */
export function withSupplyChain(
  workspace: Workspace,
  root: string,
  options: AttestOptions,
  env: SigningEnvironment = process.env,
): Workspace {
  if (options.plan !== undefined) checkAgainstPlan(options);
  const key = signingKey(options, env);
  const supplyChain = settleSupplyChain(workspace.definition.supplyChain, options, key);
  const definition = { ...workspace.definition, supplyChain };
  const open = (): Signer => {
    if (supplyChain.sign === 'keyless') checkIdentity(env);
    else if (key === undefined) throw missingKey();
    return openSigner(root, {
      key: supplyChain.sign === 'keyless' ? undefined : key,
      transparencyLog: supplyChain.transparencyLog,
      identity: ownIdentity(env),
      dockerConfig: workspace.inputs.machine.engine?.config,
    });
  };
  // One for all images of a command: to open a key takes a second.
  let signer: Signer | undefined;
  const signerOnce = () => {
    signer ??= open();
    return signer;
  };
  return {
    definition,
    inputs: { ...workspace.inputs, definition },
    doors: { ...workspace.doors, signer: signerOnce },
  };
}

function checkAgainstPlan({ sbom, provenance, sign }: AttestOptions): void {
  const given = Object.entries({ sbom, provenance, sign }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`],
  );
  if (given.length === 0) return;
  throw new Failure({
    code: 'usage',
    message: `${given.join(', ')} cannot be given with --plan: a saved plan says itself what is put beside images`,
    remedy: 'make the plan with these options (--dry-run), or leave them out',
  });
}

/** The command line goes before the definition; a key that is given is used unless one of them says never. */
export function settleSupplyChain(
  written: SupplyChain,
  { sbom = written.sbom, provenance = written.provenance, sign, signKey }: AttestOptions,
  key: string | undefined,
): SupplyChain {
  const given = key === undefined ? null : 'key';
  const by = () => {
    if (sign === false) return 'never';
    if (signKey !== undefined) return 'key';
    if (sign === true && (written.sign === null || written.sign === 'never')) return given ?? 'keyless';
    return written.sign ?? given;
  };
  return { ...written, sbom, provenance, sign: by() };
}

/**
 * The key as cosign names it. One whose text lies in the variable itself is named by the variable.
 * @throws Failure `secret-in-options` when it was given on the command line.
 */
export function signingKey({ signKey }: AttestOptions, env: SigningEnvironment): string | undefined {
  const holdsKey = (text: string) => text.includes('PRIVATE KEY');
  if (signKey !== undefined && holdsKey(signKey)) {
    throw new Failure({
      code: 'secret-in-options',
      message: '--sign-key holds a private key, which everyone can read on a command line',
      remedy: 'name the file that it lies in, or put it into COSIGN_KEY and leave --sign-key out',
    });
  }
  if (signKey !== undefined) return signKey;
  const { COSIGN_KEY = '' } = env;
  if (COSIGN_KEY === '') return undefined;
  return holdsKey(COSIGN_KEY) ? 'env://COSIGN_KEY' : COSIGN_KEY;
}

/**
 * Whom certificates of a job on github.com name (https://docs.sigstore.dev/certificate_authority/oidc-in-fulcio/): the
 * workflow, which is not called by another one where images are signed. Elsewhere nobody knows before the certificate is
 * there, and what is signed again is signed twice.
 */
function ownIdentity(env: SigningEnvironment): SignatureOfIdentity | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_WORKFLOW_REF: workflow } = env;
  // A token that was handed over may be anyone's.
  if (server !== 'https://github.com' || !workflow || env.SIGSTORE_ID_TOKEN) return undefined;
  return { identity: `${server}/${workflow}`, issuer: 'https://token.actions.githubusercontent.com' };
}

/** Where cosign finds an identity by itself (https://docs.sigstore.dev/cosign/signing/overview/). */
function checkIdentity(env: SigningEnvironment): void {
  const known = ['SIGSTORE_ID_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_URL', 'GOOGLE_SERVICE_ACCOUNT_NAME'];
  if (known.some((name) => env[name])) return;
  throw new Failure({
    code: 'signing-key-missing',
    message: `images are to be signed by the identity of the CI job, and none is there (${known.join(', ')})`,
    remedy:
      'give the job the permission id-token: write (GitHub) or an id_token named SIGSTORE_ID_TOKEN (GitLab); on a machine without an identity name a key: COSIGN_KEY=cosign.key',
  });
}

function missingKey(): Failure {
  return new Failure({
    code: 'signing-key-missing',
    message: 'images are to be signed by a key, and COSIGN_KEY names none',
    remedy:
      'name it: COSIGN_KEY=cosign.key, with its password in COSIGN_PASSWORD; cosign generate-key-pair makes one',
  });
}
