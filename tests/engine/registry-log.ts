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
      return method && path ? [{ method, path, status: Number(status) }] : [];
    });
}
