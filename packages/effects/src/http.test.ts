import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { askHttp } from './http.ts';

/** @returns the address of a server, and of its socket where one is named. */
async function serve(listener: RequestListener, socket?: string): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) =>
    socket === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(socket, resolve),
  );
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('asks over a socket: whole answers, errors, and lines as they come', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-http-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const socketPath = join(folder, 'engine.sock');
  await serve((request, response) => {
    if (request.url === '/missing') return void response.writeHead(404).end('{"message":"no such thing"}');
    // Cut in the middle of a line, as networks do.
    response.write(`{"a":1}\n{"b`);
    setTimeout(() => response.end(`":2}\n${request.method} ${request.headers['x-registry-auth'] ?? ''}`), 20);
  }, socketPath);
  expect(await askHttp({ socketPath, path: '/missing' })).toMatchObject({
    status: 404,
    text: '{"message":"no such thing"}',
  });
  expect((await askHttp({ socketPath, path: '/x' })).text).toBe('{"a":1}\n{"b":2}\nGET ');
  const lines: string[] = [];
  const headers = { 'X-Registry-Auth': 'abc' };
  const onLine = (line: string) => void lines.push(line);
  const answer = await askHttp({ socketPath, path: '/x' }, { method: 'POST', headers, onLine });
  expect(lines).toEqual(['{"a":1}', '{"b":2}']);
  expect(answer).toMatchObject({ status: 200, text: 'POST abc' });
  await expect(askHttp({ socketPath: join(folder, 'none.sock'), path: '/' })).rejects.toThrow('ENOENT');
});

it('follows a redirection, and takes a log-in to no other server', async () => {
  const seen: (string | undefined)[] = [];
  const storage = await serve((request, response) => {
    seen.push(request.headers.authorization, request.headers.accept);
    response.end('the blob');
  });
  const registry = await serve((request, response) => {
    seen.push(request.headers.authorization);
    if (request.url === '/round') response.writeHead(307, { location: '/round' }).end();
    else if (request.url === '/here') response.writeHead(302, { location: '/blob' }).end();
    else response.writeHead(307, { location: `${storage}/signed` }).end();
  });
  const headers = { Authorization: 'Bearer x', Accept: 'a/b' };
  expect(await askHttp(new URL(`${registry}/here`), { headers })).toMatchObject({ text: 'the blob' });
  expect(seen).toEqual(['Bearer x', 'Bearer x', undefined, 'a/b']);
  await expect(askHttp(new URL(`${registry}/round`))).rejects.toThrow('more than 20 redirections');
  // What changes something is not asked of a server that nobody named.
  expect(await askHttp(new URL(`${registry}/blob`), { method: 'PUT', body: 'x' })).toMatchObject({
    status: 307,
  });
});

it('gives up when told to, and when nothing is said for too long', async () => {
  const address = new URL(await serve(() => {}));
  await expect(askHttp(address, { signal: AbortSignal.timeout(50) })).rejects.toThrow(
    expect.objectContaining({ name: 'TimeoutError' }),
  );
  await expect(askHttp(address, { silenceMs: 50 })).rejects.toThrow('no answer');
});
