import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { notPulled, pullOverSocket } from './docker-pull.ts';

/** What is waited for comes at once, where nothing else has the processor. */
const patience = { timeout: 30_000 };

/** @param at a socket; else a port of its own. @returns the port. */
async function serve(listener: RequestListener, at?: string): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) =>
    at === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(at, resolve),
  );
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo | null)?.port ?? 0;
}

it.each(['interrupted', 'failed'])(
  'of a pull that was %s, nothing of the registry is waited for',
  async (how) => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-pull-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const socket = join(folder, 'engine.sock');
    const [asked, left] = [vi.fn(), vi.fn()];
    const port = await serve((request) => {
      asked();
      request.socket.once('close', left);
    });
    await serve((_request, response) => {
      // The engine knows as soon as the registry was asked.
      if (how === 'failed')
        void vi
          .waitFor(() => expect(asked).toHaveBeenCalled(), patience)
          .then(() => response.writeHead(500).end('{}'));
    }, socket);
    const stop = new AbortController();
    const onProgress = () => {};
    const pulled = pullOverSocket(socket, `127.0.0.1:${port}/team/app:v1`, {
      onProgress,
      signal: stop.signal,
    });
    pulled.catch(() => {});
    await vi.waitFor(() => expect(asked).toHaveBeenCalled(), patience);
    if (how === 'interrupted') stop.abort();
    await expect(pulled).rejects.toThrow(how === 'failed' ? 'cannot be pulled' : 'was interrupted');
    await vi.waitFor(() => expect(left).toHaveBeenCalled(), patience);
    // Nor is it asked once more.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(asked).toHaveBeenCalledTimes(1);
  },
);

const resolving = 'failed to resolve reference "r.io/a/b:c"';
const status = 'unexpected status from HEAD request to https://r.io/v2/a/b/manifests/c';
const reading = 'Error: initializing source docker://r.io/a/b:c: reading manifest c in r.io/a/b';

it.each([
  ['manifest for a/b:c not found: manifest unknown: manifest unknown', 'image-missing'],
  [`${resolving}: r.io/a/b:c: not found`, 'image-missing'],
  [`${reading}: manifest unknown`, 'image-missing'],
  [`${reading}: name unknown: repository name not known to registry`, 'image-missing'],
  [`${reading}: unknown: repository a/b not found`, 'image-missing'],
  [
    "pull access denied for a/b, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    'registry-denied',
  ],
  [`unknown: ${resolving}: ${status}: 401 Unauthorized`, 'registry-denied'],
  [`unknown: ${resolving}: ${status}: 403 Forbidden`, 'registry-denied'],
  [`${reading}: unauthorized`, 'registry-denied'],
  [`${reading}: denied`, 'registry-denied'],
  ['write /var/lib/docker/tmp/GetImageBlob1: no space left on device', 'disk-full'],
  ['Error: copying system image: unexpected EOF', 'pull-failed'],
  ['dial tcp 127.0.0.1:5000: connect: connection refused', 'pull-failed'],
  [
    'error getting credentials - err: exec: "docker-credential-x": executable file not found in $PATH, out: ``',
    'pull-failed',
  ],
  ['Error: mkdir /var/lib/containers: permission denied', 'pull-failed'],
  ['Error: stat /etc/containers/policy.json: the path does not exist', 'pull-failed'],
])('what an engine says of a pull, "%s", is %s', (said, code) => {
  expect(notPulled('docker', 'r.io/a/b:c', said).problems).toMatchObject([
    { code, message: `r.io/a/b:c cannot be pulled: ${said}` },
  ]);
});

it.each(['docker', 'podman'] as const)('where a registry refuses %s, its login is named', (engine) => {
  expect(notPulled(engine, 'r.io/a/b:c', `${reading}: unauthorized`).problems[0]?.remedy).toContain(
    `${engine} login r.io`,
  );
});
