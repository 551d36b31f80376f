import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '@slipway/contract';
import { type Command, type Finished, run, tryRun } from './process.ts';

/** By what images are signed. */
export interface SignerSettings {
  /** As cosign names keys: a file, `env://VARIABLE`, `awskms://...`. Undefined: by the identity of the CI job. */
  key: string | undefined;
  /** Whether a signature by a key is entered in Sigstore's public log. Those by an identity always are. */
  transparencyLog: boolean;
  /** Whom certificates of this job name, and who vouches for it; absent: it is not known before it signs. */
  identity?: Omit<SignatureOfIdentity, 'dockerConfig'>;
  /** The folder that docker calls DOCKER_CONFIG, for the log-in at the registry. */
  dockerConfig?: string;
}

/** The door to cosign. */
export interface Signer {
  /** Whether cosign is there and the key can be used, before anything is built. */
  check(): Promise<void>;
  /** PEM; undefined: signatures are by an identity. */
  publicKey(): Promise<string | undefined>;
  /** What signatures of its own can be told by, where they are by an identity and that is known. */
  identity: SignatureOfIdentity | undefined;
  /** Signs an image, `repository@digest`. */
  sign(image: string): Promise<void>;
  /** Signs a statement about an image. @param file holds its predicate. @param type as cosign calls its kind. */
  attest(image: string, type: StatementType, file: string): Promise<void>;
}

/** Kinds of statements, as cosign calls them. */
export type StatementType = 'cyclonedx' | 'slsaprovenance1';

/**
 * Opens the door to cosign. The password of a key is cosign's to read, from COSIGN_PASSWORD: it is never an argument.
 * @param root folder that the path of a key is relative to.
 * @throws from all of its functions Failure `command-missing`, `signing-key-missing` or `signing-failed`.
 */
export function openSigner(root: string, settings: SignerSettings): Signer {
  const { key, identity, dockerConfig } = settings;
  const cosign = (args: readonly string[]): Command => ({
    file: 'cosign',
    args,
    cwd: root,
    env: { ...(dockerConfig && { DOCKER_CONFIG: dockerConfig }) },
    timeoutMs: 120_000,
  });
  const call = (args: readonly string[]) =>
    run(cosign(args), { code: 'signing-failed', remedy: advice(key) });
  let major: Promise<number> | undefined;
  const version = () => {
    major ??= majorVersion(cosign(['version', '--json']));
    return major;
  };
  // Read once: a key in the cloud is asked over the network.
  let known: Promise<string | undefined> | undefined;
  const publicKey = () => {
    known ??=
      key === undefined
        ? Promise.resolve(undefined)
        : call(['public-key', '--key', key]).then(({ stdout }) => stdout.slice(stdout.indexOf('-----BEGIN')));
    return known;
  };
  return {
    async check() {
      await version();
      if (key !== undefined) checkKey(root, key);
      await publicKey();
    },
    publicKey,
    identity: identity && { ...identity, dockerConfig },
    async sign(image) {
      await call(['sign', ...signerArguments(settings, await version()), image]);
    },
    async attest(image, type, file) {
      const statement = [`--type=${type}`, `--predicate=${file}`];
      await call(['attest', ...signerArguments(settings, await version()), ...statement, image]);
    },
  };
}

/**
 * What every call that signs is told.
 * @param major of cosign: since 3, a signature without the public log takes one option more.
 */
export function signerArguments(
  { key, transparencyLog }: Pick<SignerSettings, 'key' | 'transparencyLog'>,
  major: number,
): string[] {
  return [
    // Whether to enter it in the public log was asked in the definition.
    '--yes',
    ...(key === undefined ? [] : [`--key=${key}`]),
    ...(key === undefined || transparencyLog ? [] : ['--tlog-upload=false']),
    ...(key === undefined || transparencyLog || major < 3 ? [] : ['--use-signing-config=false']),
  ];
}

/** Whom a certificate must name, and who must have vouched for that. */
export interface SignatureOfIdentity {
  identity: string;
  issuer: string;
  /** The folder that docker calls DOCKER_CONFIG, for the log-in at the registry. */
  dockerConfig?: string;
}

/**
 * Asks cosign whether an image, or a statement about it, is signed by an identity.
 * @param image `repository@digest`.
 * @param type of the statement; absent: the image itself.
 * @returns null: it is; otherwise what cosign says.
 * @throws Failure `command-missing`.
 */
export async function verifyIdentity(
  image: string,
  wanted: SignatureOfIdentity,
  type?: StatementType,
): Promise<string | null> {
  const { dockerConfig } = wanted;
  let answer: Finished;
  try {
    answer = await tryRun({
      file: 'cosign',
      args: verifyArguments(image, wanted, type),
      env: { ...(dockerConfig && { DOCKER_CONFIG: dockerConfig }) },
      timeoutMs: 120_000,
    });
  } catch (error) {
    throw missingCosign(
      error,
      'and signatures by an identity are checked with it',
      'or hold the image against a key: --key=cosign.pub',
    );
  }
  if (answer.exitCode === 0) return null;
  const said = answer.stderr.split('\n').filter((line) => line.trim() !== '');
  return said.at(-1)?.trim() ?? `cosign ended with exit code ${answer.exitCode}`;
}

const verifyArguments = (
  image: string,
  { identity, issuer }: SignatureOfIdentity,
  type: StatementType | undefined,
): string[] => [
  ...(type === undefined ? ['verify'] : ['verify-attestation', `--type=${type}`]),
  `--certificate-identity=${identity}`,
  `--certificate-oidc-issuer=${issuer}`,
  image,
];

/** What to throw when cosign cannot be started. */
function missingCosign(error: unknown, why: string, otherwise: string): unknown {
  if (!(error instanceof Failure) || error.problems[0]?.code !== 'command-missing') return error;
  return new Failure({
    code: 'command-missing',
    message: `cosign is not installed, ${why}`,
    remedy: `install it (https://docs.sigstore.dev/cosign/system_config/installation/; in a workflow: sigstore/cosign-installer), ${otherwise}`,
  });
}

async function majorVersion(command: Command): Promise<number> {
  let answer: Finished;
  try {
    answer = await tryRun(command);
  } catch (error) {
    throw missingCosign(
      error,
      'and images are to be signed',
      'or set supply_chain.sign = "never" in slipway.toml',
    );
  }
  // Built from source, it says no version: then it is a new one.
  const [, major] = /"gitVersion":\s*"v(\d+)\./.exec(answer.stdout) ?? [];
  return major === undefined ? 3 : Number(major);
}

/** A key that is a file must be there. What looks like no path is not told: it may be the key itself. */
function checkKey(root: string, key: string): void {
  if (/^[a-z0-9]+:\/\//.test(key) || existsSync(resolve(root, key))) return;
  throw new Failure({
    code: 'signing-key-missing',
    message: /^[\w./ -]{1,200}$/.test(key) ? `there is no key ${key}` : 'the key for signing is no path',
    remedy:
      'name the file of a key, or env://VARIABLE where a variable holds it; cosign generate-key-pair makes one',
  });
}

const advice = (key: string | undefined): string =>
  key === undefined
    ? 'read the lines above; in a workflow of GitHub the job needs the permission id-token: write'
    : 'read the lines above; the password of the key is read from COSIGN_PASSWORD';
