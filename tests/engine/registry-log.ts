import { readFileSync } from 'node:fs';

export interface RegistryRequest {
  method: string;
  path: string;
  status: number;
}

/** Requests in a registry's access log (combined form), from a place in it. */
export function requestsFor(log: string, from = 0): RegistryRequest[] {
  return readFileSync(log, 'utf8')
    .slice(from)
    .split('\n')
    .flatMap((line) => {
      const [, method, path, status] = /"([A-Z]+) (\S+) HTTP\/[\d.]+" (\d{3})/.exec(line) ?? [];
      return method && path ? [{ method, path: decodeURIComponent(path), status: Number(status) }] : [];
    });
}

/** Bytes of the given layers that requests brought down from a registry, and up to it. */
export function traffic(
  requests: readonly RegistryRequest[],
  layers: readonly { digest: string; bytes: number }[],
): { down: number; up: number } {
  const moved = (method: string, form: (digest: string) => string, statuses: number[]) =>
    requests
      .filter((request) => request.method === method && statuses.includes(request.status))
      .flatMap(({ path }) => layers.filter(({ digest }) => path.includes(form(digest))))
      .reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    down: moved('GET', (digest) => `/blobs/${digest}`, [200, 206, 307]),
    // The last request of an upload; a layer that was mounted from another repository has none.
    up: moved('PUT', (digest) => `digest=${digest}`, [201]),
  };
}
