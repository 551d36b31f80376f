import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { openRegistry } from './registry.ts';

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that answers as a registry under test would. @returns its host. */
async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const reference = (registry: string) => ({ registry, repository: 'team/app', tag: 'v1', digest: null });

it('reads a digest, a manifest, and that there is none', async () => {
  const raw = '{"layers":[]}';
  const digest = `sha256:${createHash('sha256').update(raw).digest('hex')}`;
  const host = await serve((request, response) => {
    if (request.url !== '/v2/team/app/manifests/v1') response.writeHead(404).end();
    else response.writeHead(200, { 'docker-content-digest': digest, 'content-type': 'a/b' }).end(raw);
  });
  const registry = openRegistry();
  expect(await registry.digest(reference(host))).toBe(digest);
  expect(await registry.manifest(reference(host))).toEqual({ digest, mediaType: 'a/b', raw });
  expect(await registry.digest({ ...reference(host), tag: 'v2' })).toBeUndefined();
});

it('lists the tags of a repository page by page', async () => {
  const host = await serve((request, response) => {
    const next = '/v2/team/app/tags/list?last=b&n=1000';
    if (request.url === '/v2/team/app/tags/list?n=1000') {
      response.writeHead(200, { link: `<${next}>; rel="next"` }).end('{"name":"team/app","tags":["a","b"]}');
    } else if (request.url === next) response.writeHead(200).end('{"name":"team/app","tags":["c"]}');
    else response.writeHead(404).end();
  });
  const registry = openRegistry();
  expect(await registry.tags(reference(host))).toEqual(['a', 'b', 'c']);
  expect(await registry.tags({ ...reference(host), repository: 'team/other' })).toEqual([]);
});

it('tries again after a 429 and a 503, and gives up with what was answered', async () => {
  const answers = [429, 503, 404];
  const host = await serve((_request, response) => response.writeHead(answers.shift() ?? 500).end());
  expect(await openRegistry().digest(reference(host))).toBeUndefined();
  await expect(openRegistry({ retries: 1 }).digest(reference(host))).rejects.toThrow(
    `error[registry-answer] ${host} answered HTTP 500 for team/app:v1`,
  );
});

it('waits as long as a registry that throttles asks for, and says what helps when it goes on', async () => {
  const answered: number[] = [];
  const host = await serve((_request, response) => {
    answered.push(Date.now());
    if (answered.length === 2) response.writeHead(404).end();
    else response.writeHead(429, { 'retry-after': '1' }).end();
  });
  expect(await openRegistry().digest(reference(host))).toBeUndefined();
  const [first = 0, second = 0] = answered;
  expect(second - first).toBeGreaterThanOrEqual(1000);
  const refused = openRegistry({ retries: 0 }).digest(reference(host));
  await expect(refused).rejects.toThrow(`error[registry-answer] ${host} answered HTTP 429 for team/app:v1`);
  await expect(refused).rejects.toThrow(`(docker login ${host}), or wait a while`);
});

it('tries again when the connection breaks in the middle of an answer, and says so when it goes on', async () => {
  const raw = '{"layers":[]}';
  let cuts = 1;
  const host = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': raw.length, 'content-type': 'a/b' }).write(raw.slice(0, 5));
    if (cuts-- > 0) setTimeout(() => response.destroy(), 20);
    else response.end(raw.slice(5));
  });
  expect(await openRegistry().manifest(reference(host))).toMatchObject({ raw });
  cuts = 1;
  await expect(openRegistry({ retries: 0 }).manifest(reference(host))).rejects.toThrow(
    `error[registry-unreachable] the registry ${host} does not answer (ECONNRESET)`,
  );
});

it('finds a blob there whose upload ended without an answer', async () => {
  const asked: string[] = [];
  const host = await serve((request, response) => {
    asked.push(request.method ?? '');
    if (request.method === 'POST')
      response.writeHead(202, { location: '/v2/team/app/blobs/uploads/1' }).end();
    else if (request.method === 'HEAD') response.writeHead(200).end();
    else if (asked.filter((method) => method === 'PUT').length === 1) response.destroy();
    else response.writeHead(404).end();
  });
  const digest = `sha256:${createHash('sha256').update('{}').digest('hex')}`;
  expect(await openRegistry().putBlob(reference(host), '{}')).toBe(digest);
  expect(asked).toEqual(['POST', 'PUT', 'PUT', 'HEAD']);
});

it('says at once that nothing listens', async () => {
  // A port that only root may open, and nobody does.
  const host = '127.0.0.1:1';
  const before = Date.now();
  // Nine other tries would take more than two minutes.
  await expect(openRegistry({ retries: 9 }).digest(reference(host))).rejects.toThrow(
    `error[registry-unreachable] the registry ${host} does not answer (ECONNREFUSED)`,
  );
  expect(Date.now() - before).toBeLessThan(10_000);
});

it('gives up on a registry that hangs', async () => {
  const host = await serve(() => {});
  await expect(openRegistry({ timeoutMs: 100, retries: 0 }).digest(reference(host))).rejects.toThrow(
    `error[registry-unreachable] the registry ${host} does not answer`,
  );
});

it.each<[string, RequestListener]>([
  ['hangs', () => {}],
  ['wants to be left alone', (_request, response) => response.writeHead(429, { 'retry-after': '9' }).end()],
])('is not waited for where it %s and nobody wants its answer any more', async (_what, listener) => {
  const over = new AbortController();
  const host = await serve((request, response) => {
    listener(request, response);
    setTimeout(() => over.abort(), 100);
  });
  const before = Date.now();
  await expect(openRegistry({ signal: over.signal }).digest(reference(host))).rejects.toThrow();
  expect(Date.now() - before).toBeLessThan(5000);
});

it('answers a challenge with the credentials of docker, and names the log-in when there are none', async () => {
  const password = 'planted-secret';
  let throttled = 0;
  const host = await serve((request, response) => {
    const named = request.headers.authorization !== undefined;
    if (named && throttled > 0) {
      throttled -= 1;
      response.writeHead(429).end();
    } else if (request.url?.startsWith('/token')) {
      const authorized = request.headers.authorization === `Basic ${btoa(`ann:${password}`)}`;
      response.writeHead(authorized ? 200 : 401).end(JSON.stringify({ token: 't1' }));
    } else if (request.headers.authorization === 'Bearer t1') {
      response.writeHead(200, { 'docker-content-digest': 'sha256:1' }).end();
    } else {
      const realm = `http://${request.headers.host}/token`;
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="s"` }).end();
    }
  });
  const dockerConfig = mkdtempSync(join(tmpdir(), 'slipway-docker-config-'));
  onTestFinished(() => rmSync(dockerConfig, { recursive: true }));
  const refused = openRegistry({ dockerConfig }).digest(reference(host));
  await expect(refused).rejects.toThrow(`log in with an account that may use it: docker login ${host}`);
  await expect(refused).rejects.not.toThrow(password);
  writeFileSync(
    join(dockerConfig, 'config.json'),
    JSON.stringify({ auths: { [host]: { auth: btoa(`ann:${password}`) } } }),
  );
  expect(await openRegistry({ dockerConfig }).digest(reference(host))).toBe('sha256:1');
  // What is throttled after the log-in is tried again too.
  throttled = 2;
  expect(await openRegistry({ dockerConfig }).digest(reference(host))).toBe('sha256:1');
});

it('sends the log-in to the registry alone, wherever that says an upload goes on', async () => {
  const seen: (string | undefined)[] = [];
  const elsewhere = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(201).end();
  });
  const host = await serve((request, response) => {
    if (request.headers.authorization === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
    } else response.writeHead(202, { location: `http://${elsewhere}/upload?session=1` }).end();
  });
  const dockerConfig = mkdtempSync(join(tmpdir(), 'slipway-docker-config-'));
  onTestFinished(() => rmSync(dockerConfig, { recursive: true }));
  writeFileSync(
    join(dockerConfig, 'config.json'),
    JSON.stringify({ auths: { [host]: { auth: btoa('ann:planted-secret') } } }),
  );
  const registry = openRegistry({ dockerConfig });
  await registry.putBlob(reference(host), 'text');
  await registry.checkPush(reference(host));
  expect(seen).toEqual([undefined, undefined]);
});

it('deletes by digest, says when there was nothing, and when the registry lets nobody', async () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const asked: string[] = [];
  const answers = [202, 404, 405];
  const host = await serve((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(answers.shift() ?? 500).end();
  });
  const registry = openRegistry();
  const at = { ...reference(host), tag: null, digest };
  expect(await registry.deleteManifest(at)).toBe(true);
  expect(await registry.deleteManifest(at)).toBe(false);
  await expect(registry.deleteManifest(at)).rejects.toThrow(
    `error[deletion-refused] ${host} lets nobody delete from team/app over its interface (HTTP 405)`,
  );
  expect(asked).toEqual(Array(3).fill(`DELETE /v2/team/app/manifests/${digest}`));
});
