import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, type ImageReference, isLocal, registryApiHost } from '@slipway/contract';
import pRetry, { AbortError } from 'p-retry';
import { type Credentials, readCredentials } from './credentials.ts';
import { askHttp, type HttpAnswer, type HttpQuestion } from './http.ts';

/** A manifest as a registry holds it. `raw` is byte for byte what the digest is made of. */
export interface Manifest {
  digest: string;
  mediaType: string;
  raw: string;
}

/** What an index says of a manifest, as the OCI image specification calls it. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  artifactType?: string;
  annotations?: Record<string, string>;
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
  /** All tags of a repository, in no particular order; none when there is no such repository. */
  tags(reference: ImageReference): Promise<string[]>;
  /** Manifests that name this one as their subject; undefined: the registry keeps no such list (OCI distribution 1.0). */
  referrers(reference: ImageReference & { digest: string }): Promise<Descriptor[] | undefined>;
  /** Points `reference.tag` at a manifest that the repository already holds. */
  putManifest(reference: ImageReference, manifest: Manifest): Promise<void>;
  /**
   * Deletes the manifest of a digest, and with it every tag that points at it: few registries delete a tag alone. Its
   * layers are the registry's to collect. Throws Failure `deletion-refused` where the registry lets nobody delete.
   * @returns false: it was not there.
   */
  deleteManifest(reference: ImageReference & { digest: string }): Promise<boolean>;
  /** Asks whether this machine may write into a repository, and leaves nothing there. Throws Failure otherwise. */
  checkPush(reference: ImageReference): Promise<void>;
  /** Stores a small text as a blob of the repository. @returns its digest. */
  putBlob(reference: ImageReference, text: string): Promise<string>;
}

/** A registry that says how long it wants to be left alone is believed, up to this. */
const longestWaitMs = 10_000;

const accept = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/**
 * Opens the door to registries, with the credentials of docker's own configuration.
 * @param options `dockerConfig`: the folder that docker calls DOCKER_CONFIG; `signal`: raised when no answer is wanted any
 *   more.
 */
export function openRegistry(
  options: { dockerConfig?: string; timeoutMs?: number; retries?: number; signal?: AbortSignal } = {},
): Registry {
  const tokens = new Map<string, string>();
  const { timeoutMs = 10_000, retries = 3, signal: over } = options;
  const within = (ms: number): AbortSignal =>
    over === undefined ? AbortSignal.timeout(ms) : AbortSignal.any([AbortSignal.timeout(ms), over]);

  async function call(reference: ImageReference, path: string, init: HttpQuestion, scope: string) {
    // An upload goes on at the address that the registry names.
    const url = path.startsWith('http')
      ? path
      : `${origin(reference.registry)}/v2/${reference.repository}/${path}`;
    // A log-in is for the registry alone, wherever it says that an upload goes on.
    const own = new URL(url).origin === new URL(origin(reference.registry)).origin;
    let waitMs = 0;
    const attempt = async (): Promise<HttpAnswer> => {
      const token = own ? tokens.get(`${reference.registry} ${scope}`) : undefined;
      const headers = { ...init.headers, ...(token && { Authorization: token }) };
      const signal = within(timeoutMs);
      const answer = await ask(reference.registry, url, { ...init, headers, signal });
      waitMs = retryAfterMs(answer);
      if (answer.status === 429 || answer.status >= 500) throw badAnswer(reference, answer);
      return answer;
    };
    // A refused connection is an answer; only throttling and server errors are worth several other tries, and a
    // time-out one: whoever waits in front of a registry that hangs should hear of it soon.
    const persist = <T>(does: () => Promise<T>) =>
      pRetry(does, {
        retries,
        signal: over,
        minTimeout: 300,
        shouldRetry: ({ error, attemptNumber }) =>
          !isRefused(error) && (!isTimeout(error) || attemptNumber < 2),
        onFailedAttempt: async ({ retriesLeft }) => {
          if (retriesLeft > 0) await sleep(waitMs, undefined, { signal: over });
          waitMs = 0;
        },
      });
    let response = await persist(attempt);
    if (response.status === 401 && own) {
      const challenge = response.headers['www-authenticate'] ?? '';
      const token = await persist(() =>
        authorize(reference, challenge, scope, { ...options, signal: within(15_000) }),
      );
      if (token !== undefined) {
        tokens.set(`${reference.registry} ${scope}`, token);
        response = await persist(attempt);
      }
    }
    if (response.status === 401 || response.status === 403) throw denied(reference, response.status);
    return response;
  }

  return {
    async ping(host) {
      await ask(host, `${origin(host)}/v2/`, { signal: within(timeoutMs) });
    },
    async digest(reference) {
      const response = await call(
        reference,
        `manifests/${target(reference)}`,
        { method: 'HEAD', headers: { Accept: accept } },
        `repository:${reference.repository}:pull`,
      );
      if (response.status === 404) return undefined;
      if (!isGood(response)) throw badAnswer(reference, response);
      return headerOf(response, 'docker-content-digest') ?? (await this.manifest(reference))?.digest;
    },
    async manifest(reference) {
      const response = await call(
        reference,
        `manifests/${target(reference)}`,
        { headers: { Accept: accept } },
        `repository:${reference.repository}:pull`,
      );
      if (response.status === 404) return undefined;
      if (!isGood(response)) throw badAnswer(reference, response);
      const { text: raw, headers } = response;
      return { digest: sha256(raw), mediaType: headers['content-type'] ?? '', raw };
    },
    async blob(reference, digest) {
      const response = await call(
        reference,
        `blobs/${digest}`,
        {},
        `repository:${reference.repository}:pull`,
      );
      if (!isGood(response)) throw badAnswer(reference, response);
      return response.text;
    },
    async tags(reference) {
      const tags: string[] = [];
      let page: string | undefined = 'tags/list?n=1000';
      while (page !== undefined) {
        const answer: HttpAnswer = await call(reference, page, {}, `repository:${reference.repository}:pull`);
        if (answer.status === 404) return tags;
        if (!isGood(answer)) throw badAnswer(reference, answer);
        tags.push(...((JSON.parse(answer.text) as { tags?: string[] | null }).tags ?? []));
        page = nextPage(reference, answer);
      }
      return tags;
    },
    async referrers(reference) {
      const found: Descriptor[] = [];
      let page: string | undefined = `referrers/${reference.digest}`;
      while (page !== undefined) {
        const scope = `repository:${reference.repository}:pull`;
        const answer: HttpAnswer = await call(reference, page, {}, scope);
        // 404 by the specification; some that do not know the path say that the request is bad.
        if ([400, 404, 405].includes(answer.status)) return undefined;
        if (!isGood(answer)) throw badAnswer(reference, answer);
        // One that answers every path with a page of its own keeps no list either.
        const listed = listOf(answer.text);
        if (listed === undefined) return undefined;
        found.push(...listed);
        page = nextPage(reference, answer);
      }
      return found;
    },
    async putManifest(reference, manifest) {
      const put = () =>
        call(
          reference,
          `manifests/${target(reference)}`,
          { method: 'PUT', headers: { 'Content-Type': manifest.mediaType }, body: manifest.raw },
          `repository:${reference.repository}:pull,push`,
        );
      let response = await put();
      // While someone else uploads a blob of the same bytes, a registry may for a moment not know the one that is there.
      for (let tries = 0; tries < 3 && response.text.includes('MANIFEST_BLOB_UNKNOWN'); tries += 1) {
        await sleep(300);
        response = await put();
      }
      if (!isGood(response)) throw badAnswer(reference, response);
    },
    async deleteManifest(reference) {
      const answer = await call(
        reference,
        `manifests/${reference.digest}`,
        { method: 'DELETE' },
        `repository:${reference.repository}:pull,delete`,
      );
      if (answer.status === 404) return false;
      // 405 by the OCI distribution specification; some say 400 with the code UNSUPPORTED.
      if (answer.status === 405 || answer.text.includes('UNSUPPORTED')) throw undeletable(reference, answer);
      if (!isGood(answer)) throw badAnswer(reference, answer);
      return true;
    },
    async checkPush(reference) {
      const scope = `repository:${reference.repository}:pull,push`;
      const begun = await call(reference, 'blobs/uploads/', { method: 'POST' }, scope);
      if (!isGood(begun)) throw badAnswer(reference, begun);
      const location = begun.headers.location;
      // An upload that was begun and not gone on with is the registry's to forget; most can be told.
      if (location === undefined) return;
      const url = new URL(location, origin(reference.registry)).href;
      await call(reference, url, { method: 'DELETE' }, scope).catch(() => {});
    },
    async putBlob(reference, text) {
      const digest = sha256(text);
      const scope = `repository:${reference.repository}:pull,push`;
      const begun = await call(reference, 'blobs/uploads/', { method: 'POST' }, scope);
      const location = begun.headers.location;
      if (!isGood(begun) || location === undefined) throw badAnswer(reference, begun);
      const url = new URL(location, origin(reference.registry));
      url.searchParams.set('digest', digest);
      const headers = { 'Content-Type': 'application/octet-stream' };
      const done = await call(reference, url.href, { method: 'PUT', headers, body: text }, scope);
      if (isGood(done)) return digest;
      // When the answer to an upload is lost on its way, the next try meets one that has ended.
      const held = await call(reference, `blobs/${digest}`, { method: 'HEAD' }, scope);
      if (!isGood(held)) throw badAnswer(reference, done);
      return digest;
    },
  };
}

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const target = ({ tag, digest }: ImageReference): string => digest ?? tag ?? 'latest';

/** The next page of a list, as RFC 5988 writes links. */
function nextPage({ registry }: ImageReference, answer: HttpAnswer): string | undefined {
  const next = /<([^>]+)>;\s*rel="?next"?/.exec(headerOf(answer, 'link') ?? '')?.[1];
  return next && new URL(next, origin(registry)).href;
}

/** The manifests of an image index; undefined when the text is none. */
function listOf(text: string): Descriptor[] | undefined {
  try {
    const { manifests } = JSON.parse(text) as { manifests?: Descriptor[] };
    return Array.isArray(manifests) ? manifests : undefined;
  } catch {
    return undefined;
  }
}

/** Registries on this machine speak plain HTTP, as docker itself assumes. */
function origin(registry: string): string {
  return `${isLocal(registry) ? 'http' : 'https'}://${registryApiHost(registry)}`;
}

async function ask(registry: string, url: string, question: HttpQuestion): Promise<HttpAnswer> {
  try {
    return await askHttp(new URL(url), question);
  } catch (error) {
    throw unreachable(registry, error);
  }
}

const isGood = ({ status }: HttpAnswer): boolean => status >= 200 && status < 300;

/** A header that a server may send more than once, as one. */
const headerOf = ({ headers }: HttpAnswer, name: string): string | undefined =>
  [headers[name] ?? []].flat().join(', ') || undefined;

/** Seconds or a date, as HTTP allows both; 0 where nothing that can be read is said. */
function retryAfterMs({ headers }: HttpAnswer): number {
  const said = headers['retry-after'] ?? '';
  const wait = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now();
  return Number.isNaN(wait) ? 0 : Math.min(Math.max(wait, 0), longestWaitMs);
}

/** Answers a 401: basic credentials as they are, or a bearer token from the service that the challenge names. */
async function authorize(
  reference: ImageReference,
  challenge: string,
  scope: string,
  { dockerConfig, signal }: { dockerConfig?: string; signal: AbortSignal },
): Promise<string | undefined> {
  const { registry } = reference;
  const credentials = await readCredentials(registry, dockerConfig);
  if (/^basic/i.test(challenge)) return credentials && basic(credentials);
  const field = (name: string) => new RegExp(`${name}="([^"]*)"`, 'i').exec(challenge)?.[1];
  const realm = field('realm');
  if (realm === undefined) return undefined;
  const url = new URL(realm);
  url.searchParams.set('service', field('service') ?? registry);
  url.searchParams.set('scope', scope);
  const answer = await ask(registry, url.href, {
    headers: credentials ? { Authorization: basic(credentials) } : {},
    signal,
  });
  if (answer.status === 429 || answer.status >= 500) throw badAnswer(reference, answer);
  if (!isGood(answer)) return undefined;
  const { token, access_token } = JSON.parse(answer.text) as { token?: string; access_token?: string };
  return `Bearer ${token ?? access_token}`;
}

const basic = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

function unreachable(registry: string, error: unknown): Failure {
  const { code, message } = error as { code?: string | number; message: string };
  const why = typeof code === 'string' ? code : message;
  return new Failure(
    {
      code: 'registry-unreachable',
      message: `the registry ${registry} does not answer (${why})`,
      remedy: `check that ${registry} is running and reachable from here, then start the same command again`,
      registry,
    },
    { cause: error },
  );
}

/** Whether trying again is pointless: nothing listens there, or the name does not exist. */
function isRefused(error: unknown): boolean {
  if (error instanceof AbortError) return true;
  const { cause } = error as { cause?: { code?: string } };
  return ['ECONNREFUSED', 'ENOTFOUND'].includes(cause?.code ?? '');
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

function undeletable({ registry, repository }: ImageReference, { status }: HttpAnswer): Failure {
  return new Failure({
    code: 'deletion-refused',
    message: `${registry} lets nobody delete from ${repository} over its interface (HTTP ${status})`,
    remedy:
      'delete by its own means, such as a retention policy or its web page; a registry of your own allows it with REGISTRY_STORAGE_DELETE_ENABLED=true',
  });
}

function badAnswer(reference: ImageReference, { status }: HttpAnswer): Failure {
  const { registry, repository } = reference;
  return new Failure({
    code: 'registry-answer',
    message: `${registry} answered HTTP ${status} for ${repository}:${target(reference)}`,
    remedy:
      status === 429
        ? `${registry} throttles whoever asks too often: log in for a higher limit (docker login ${registry}), or wait a while, then start the same command again`
        : 'start the same command again; if it persists, look at the log of the registry',
  });
}
