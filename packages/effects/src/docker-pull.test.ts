import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { pullOverSocket } from './docker-pull.ts';

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
        void vi.waitFor(() => expect(asked).toHaveBeenCalled()).then(() => response.writeHead(500).end('{}'));
    }, socket);
    const stop = new AbortController();
    const onProgress = () => {};
    const pulled = pullOverSocket(socket, `127.0.0.1:${port}/team/app:v1`, {
      onProgress,
      signal: stop.signal,
    });
    pulled.catch(() => {});
    await vi.waitFor(() => expect(asked).toHaveBeenCalled());
    if (how === 'interrupted') stop.abort();
    await expect(pulled).rejects.toThrow(how === 'failed' ? 'cannot be pulled' : 'was interrupted');
    await vi.waitFor(() => expect(left).toHaveBeenCalled());
    // Nor is it asked once more.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(asked).toHaveBeenCalledTimes(1);
  },
);
