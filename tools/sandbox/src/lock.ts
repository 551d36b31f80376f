import { createHash } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Does `work` while no other process of this machine works under the same name. The lock is an abstract Unix socket:
 * the kernel gives it back when its holder dies, however it dies, so there is no stale lock file to judge.
 */
export async function withLock<T>(name: string, work: () => Promise<T>, onWait?: () => void): Promise<T> {
  const address = `\0slipway-lock-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  let told = false;
  for (;;) {
    const server = await listen(address);
    if (server !== undefined) {
      try {
        return await work();
      } finally {
        server.close();
      }
    }
    if (!told) onWait?.();
    told = true;
    await ended(address);
  }
}

/** The listening server, or undefined when another process has the address. */
function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    // Connections are those who wait; they are let go, not answered, when the lock is given back.
    const waiting = new Set<{ destroy(): void }>();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.on('error', () => {}).on('close', () => waiting.delete(socket));
    });
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(address, () => resolve(server));
    const close = server.close.bind(server);
    server.close = (done) => {
      close(done);
      for (const socket of waiting) socket.destroy();
      return server;
    };
  });
}

/** Waits until the holder lets go or dies. */
async function ended(address: string): Promise<void> {
  await new Promise<void>((resolve) => {
    connect(address)
      .on('error', () => {})
      .on('data', () => {})
      .on('close', () => resolve());
  });
  await sleep(20 + Math.random() * 60);
}
