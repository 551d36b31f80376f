import { createHash } from 'node:crypto';

/**
 * Claims something for this process, on this machine: of two that claim the same at the same moment, one gets it. The
 * claim is a name among the kernel's abstract sockets, so that it ends with the process, however that ends, and leaves
 * no file behind.
 * @returns what gives it back; null: another process has it. Where there are no such sockets, everyone gets it.
 */
export async function claim(what: string): Promise<(() => void) | null> {
  if (process.platform !== 'linux') return () => {};
  const { createServer } = process.getBuiltinModule('node:net');
  const server = createServer((socket) => socket.destroy());
  const name = `\0slipway-${createHash('sha256').update(what).digest('hex')}`;
  const taken = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(true) : reject(error),
    );
    server.listen(name, () => resolve(false));
  });
  if (taken) return null;
  server.unref();
  return () => void server.close();
}
