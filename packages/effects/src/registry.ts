import { createHash } from 'node:crypto';
import { Failure, type ImageReference, isLocal, registryApiHost } from '@slipway/contract';
import pRetry, { AbortError } from 'p-retry';
import { type Credentials, readCredentials } from './credentials.ts';

/** A manifest as a registry holds it. `raw` is byte for byte what the digest is made of. */
export interface Manifest {
  digest: string;
  mediaType: string;
  raw: string;
}

/** The part of the OCI distribution protocol that Slipway speaks. */
export interface Registry {
  /** Whether anything answers there; any answer will do. Throws Failure `registry-unreachable` otherwise. */
  ping(host: string): Promise<void>;
  /** Digest a tag or digest points at, or undefined when it does not exist. */
  digest(reference: ImageReference): Promise<string | undefined>;
  manifest(reference: ImageReference): Promise<Manifest | undefined>;
  /** A blob as text: a configuration or a small artifact, never a layer. */
  blob(reference: ImageReference, digest: string): Promise<string>;
  /** Points `reference.tag` at a manifest that the repository already holds. */
  putManifest(reference: ImageReference, manifest: Manifest): Promise<void>;
  /** Stores a small text as a blob of the repository. @returns its digest. */
  putBlob(reference: ImageReference, text: string): Promise<string>;
}

const accept = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/**
 * Opens the door to registries, with the credentials of docker's own configuration.
 * @param dockerConfig the folder that docker calls DOCKER_CONFIG.
 */
export function openRegistry(
  options: { dockerConfig?: string; timeoutMs?: number; retries?: number } = {},
): Registry {
  const tokens = new Map<string, string>();
  const { timeoutMs = 10_000, retries = 3 } = options;

  async function call(reference: ImageReference, path: string, init: RequestInit, scope: string) {
    // An upload goes on at the address that the registry names.
    const url = path.startsWith('http')
      ? path
      : `${origin(reference.registry)}/v2/${reference.repository}/${path}`;
    const send = () => {
      const token = tokens.get(`${reference.registry} ${scope}`);
      const headers = { ...(init.headers as Record<string, string>), ...(token && { Authorization: token }) };
      return fetch(url, { ...init, headers, signal: AbortSignal.timeout(timeoutMs) });
    };
    const attempt = async () => {
      const response = await send().catch((error: unknown) => {
        throw unreachable(reference.registry, error);
      });
      if (response.status === 429 || response.status >= 500) throw badAnswer(reference, response);
      return response;
    };
    // A refused connection is an answer; only throttling and server errors are worth several other tries, and a
    // time-out one: whoever waits in front of a registry that hangs should hear of it soon.
    let response = await pRetry(attempt, {
      retries,
      minTimeout: 300,
      shouldRetry: ({ error, attemptNumber }) =>
        !isRefused(error) && (!isTimeout(error) || attemptNumber < 2),
    });
    if (response.status === 401) {
      const token = await authorize(reference.registry, response, scope, options.dockerConfig);
      if (token !== undefined) {
        tokens.set(`${reference.registry} ${scope}`, token);
        response = await attempt();
      }
    }
    if (response.status === 401 || response.status === 403) throw denied(reference, response.status);
    return response;
  }

  return {
    async ping(host) {
      await fetch(`${origin(host)}/v2/`, { signal: AbortSignal.timeout(timeoutMs) }).catch(
        (error: unknown) => {
          throw unreachable(host, error);
        },
      );
    },
    async digest(reference) {
      const response = await call(
        reference,
        `manifests/${target(reference)}`,
        { method: 'HEAD', headers: { Accept: accept } },
        `repository:${reference.repository}:pull`,
      );
      if (response.status === 404) return undefined;
      if (!response.ok) throw badAnswer(reference, response);
      return response.headers.get('docker-content-digest') ?? (await this.manifest(reference))?.digest;
    },
    async manifest(reference) {
      const response = await call(
        reference,
        `manifests/${target(reference)}`,
        { headers: { Accept: accept } },
        `repository:${reference.repository}:pull`,
      );
      if (response.status === 404) return undefined;
      if (!response.ok) throw badAnswer(reference, response);
      const raw = await response.text();
      return { digest: sha256(raw), mediaType: response.headers.get('content-type') ?? '', raw };
    },
    async blob(reference, digest) {
      const response = await call(
        reference,
        `blobs/${digest}`,
        {},
        `repository:${reference.repository}:pull`,
      );
      if (!response.ok) throw badAnswer(reference, response);
      return response.text();
    },
    async putManifest(reference, manifest) {
      const response = await call(
        reference,
        `manifests/${target(reference)}`,
        { method: 'PUT', headers: { 'Content-Type': manifest.mediaType }, body: manifest.raw },
        `repository:${reference.repository}:pull,push`,
      );
      if (!response.ok) throw badAnswer(reference, response);
    },
    async putBlob(reference, text) {
      const digest = sha256(text);
      const scope = `repository:${reference.repository}:pull,push`;
      const begun = await call(reference, 'blobs/uploads/', { method: 'POST' }, scope);
      const location = begun.headers.get('location');
      if (!begun.ok || location === null) throw badAnswer(reference, begun);
      const url = new URL(location, origin(reference.registry));
      url.searchParams.set('digest', digest);
      const headers = { 'Content-Type': 'application/octet-stream' };
      const done = await call(reference, url.href, { method: 'PUT', headers, body: text }, scope);
      if (!done.ok) throw badAnswer(reference, done);
      return digest;
    },
  };
}

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const target = ({ tag, digest }: ImageReference): string => digest ?? tag ?? 'latest';

/** Registries on this machine speak plain HTTP, as docker itself assumes. */
function origin(registry: string): string {
  return `${isLocal(registry) ? 'http' : 'https'}://${registryApiHost(registry)}`;
}

/** Answers a 401: basic credentials as they are, or a bearer token from the service that the answer names. */
async function authorize(
  registry: string,
  response: Response,
  scope: string,
  dockerConfig: string | undefined,
): Promise<string | undefined> {
  const challenge = response.headers.get('www-authenticate') ?? '';
  const credentials = await readCredentials(registry, dockerConfig);
  if (/^basic/i.test(challenge)) return credentials && basic(credentials);
  const field = (name: string) => new RegExp(`${name}="([^"]*)"`, 'i').exec(challenge)?.[1];
  const realm = field('realm');
  if (realm === undefined) return undefined;
  const url = new URL(realm);
  url.searchParams.set('service', field('service') ?? registry);
  url.searchParams.set('scope', scope);
  const answer = await fetch(url, {
    headers: credentials ? { Authorization: basic(credentials) } : {},
    signal: AbortSignal.timeout(15_000),
  }).catch((error: unknown) => {
    throw unreachable(registry, error);
  });
  if (!answer.ok) return undefined;
  const { token, access_token } = (await answer.json()) as { token?: string; access_token?: string };
  return `Bearer ${token ?? access_token}`;
}

const basic = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

function unreachable(registry: string, error: unknown): Failure {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  return new Failure(
    {
      code: 'registry-unreachable',
      message: `the registry ${registry} does not answer (${cause?.code ?? cause?.message ?? (error as Error).message})`,
      remedy: `check that ${registry} is running and reachable from here, then start the same command again`,
    },
    { cause: error },
  );
}

/** Whether trying again is pointless: nothing listens there, or the name does not exist. */
function isRefused(error: unknown): boolean {
  if (error instanceof AbortError) return true;
  const { cause } = error as { cause?: { cause?: { code?: string } } };
  return ['ECONNREFUSED', 'ENOTFOUND'].includes(cause?.cause?.code ?? '');
}

function isTimeout(error: unknown): boolean {
  return ((error as { cause?: unknown }).cause as { name?: string } | undefined)?.name === 'TimeoutError';
}

function denied(reference: ImageReference, status: number): Failure {
  return new Failure({
    code: 'registry-denied',
    message: `${reference.registry} refuses access to ${reference.repository} (HTTP ${status})`,
    remedy: `log in with an account that may use it: docker login ${reference.registry}`,
  });
}

function badAnswer(reference: ImageReference, response: Response): Failure {
  return new Failure({
    code: 'registry-answer',
    message: `${reference.registry} answered HTTP ${response.status} for ${reference.repository}:${target(reference)}`,
    remedy: 'start the same command again; if it persists, look at the log of the registry',
  });
}
