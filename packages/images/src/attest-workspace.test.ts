import type { SupplyChain } from '@slipway/contract';
import { expect, it } from 'vitest';
import { planAttest } from './attest-plan.ts';
import { type AttestOptions, settleSupplyChain, signingKey, withSupplyChain } from './attest-workspace.ts';
import type { Workspace } from './build-images.ts';

const written: SupplyChain = { sbom: false, provenance: false, sign: null, transparencyLog: true };

it.each<[SupplyChain['sign'], AttestOptions, string | undefined, SupplyChain['sign']]>([
  [null, {}, undefined, null],
  [null, {}, 'cosign.key', 'key'],
  ['never', {}, 'cosign.key', 'never'],
  ['keyless', {}, 'cosign.key', 'keyless'],
  ['key', {}, undefined, 'key'],
  ['keyless', { sign: false }, undefined, 'never'],
  ['never', { sign: true }, 'cosign.key', 'key'],
  [null, { sign: true }, undefined, 'keyless'],
  ['keyless', { signKey: 'cosign.key' }, 'cosign.key', 'key'],
])('a definition with sign = %j, options %j and the key %j are signed by %j', (sign, options, key, by) => {
  expect(settleSupplyChain({ ...written, sign }, options, key).sign).toBe(by);
});

it('plans nothing where nothing is asked for, so that plans stay as they are', () => {
  expect(planAttest(written)).toEqual({});
  expect(planAttest({ ...written, sign: 'never' })).toEqual({});
  expect(planAttest({ ...written, sbom: true })).toEqual({
    attest: { sbom: true, provenance: false, sign: null, transparencyLog: true },
  });
});

it('names a key by its variable when the variable holds it, and refuses one on the command line', () => {
  const pem = '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nhunter2';
  expect(signingKey({}, { COSIGN_KEY: pem })).toBe('env://COSIGN_KEY');
  expect(signingKey({}, { COSIGN_KEY: 'cosign.key' })).toBe('cosign.key');
  expect(signingKey({}, { COSIGN_KEY: '' })).toBeUndefined();
  expect(() => signingKey({ signKey: pem }, {})).toThrow('error[secret-in-options]');
  expect(() => signingKey({ signKey: pem }, {})).not.toThrow('hunter2');
});

const workspace = (supplyChain: SupplyChain) =>
  ({ definition: { supplyChain }, inputs: { machine: {} }, doors: {} }) as unknown as Workspace;

it('says what is missing when images are to be signed by a key or an identity that is not there', () => {
  const signer = (sign: SupplyChain['sign'], env = {}) =>
    withSupplyChain(workspace({ ...written, sign }), '.', {}, env).doors.signer?.();
  expect(() => signer('key')).toThrow('error[signing-key-missing] images are to be signed by a key');
  expect(() => signer('keyless')).toThrow(/identity of the CI job[^\n]*\n[^\n]*id-token: write/);
  expect(signer('keyless', { SIGSTORE_ID_TOKEN: 'x' })).toBeDefined();
});

it('knows whom certificates of its own name on github.com alone', () => {
  const job = {
    ACTIONS_ID_TOKEN_REQUEST_URL: 'x',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_WORKFLOW_REF: 'o/r/.github/workflows/w.yml@refs/heads/main',
  };
  const identity = (env: Record<string, string>) =>
    withSupplyChain(workspace({ ...written, sign: 'keyless' }), '.', {}, env).doors.signer?.().identity;
  expect(identity(job)).toMatchObject({
    identity: 'https://github.com/o/r/.github/workflows/w.yml@refs/heads/main',
    issuer: 'https://token.actions.githubusercontent.com',
  });
  expect(identity({ ...job, GITHUB_SERVER_URL: 'https://git.example.org' })).toBeUndefined();
  expect(identity({ ...job, SIGSTORE_ID_TOKEN: 'x' })).toBeUndefined();
});

it('refuses options that a saved plan would not follow', () => {
  const open = (options: AttestOptions) => withSupplyChain(workspace(written), '.', options, {});
  expect(() => open({ plan: 'plan.json', sbom: true })).toThrow(
    'error[usage] --sbom cannot be given with --plan',
  );
  expect(() => open({ plan: 'plan.json', signKey: 'cosign.key' })).not.toThrow();
});
