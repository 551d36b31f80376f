import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '@slipway/contract';

/** Where specifications of the Container Device Interface lie: https://github.com/cncf-tags/container-device-interface */
export const cdiFolders = ['/etc/cdi', '/var/run/cdi'];

/** The kind of device that NVIDIA's GPUs are. */
const kind = 'nvidia.com/gpu';

/** Names of the NVIDIA GPUs that the specifications in some folders describe: `all`, `0`, UUIDs. */
export async function cdiGpus(folders: readonly string[]): Promise<string[]> {
  const specifications = await Promise.all(folders.flatMap(filesOf).map(readSpecification));
  const devices = specifications.flatMap((read) => (read?.kind === kind ? (read.devices ?? []) : []));
  return [...new Set(devices.flatMap(({ name }) => (name === undefined ? [] : [String(name)])))];
}

/** The same names from those that an engine tells, each with its kind: `nvidia.com/gpu=0`. */
export function gpusAmong(ids: readonly string[]): string[] {
  return ids.filter((id) => id.startsWith(`${kind}=`)).map((id) => id.slice(kind.length + 1));
}

interface Specification {
  kind?: string;
  devices?: { name?: string | number }[];
}

/** Engines take no other names for specifications. */
function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.(?:json|yaml)$/.test(name))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** One that cannot be read is none: an engine passes it over too. */
async function readSpecification(path: string): Promise<Specification | undefined> {
  try {
    const text = readFileSync(path, 'utf8');
    if (path.endsWith('.json')) return readJson(text) as Specification | undefined;
    // Only a host with such files waits for what reads them.
    const { parse } = await import('yaml');
    return (parse(text) as Specification | null) ?? undefined;
  } catch {
    return undefined;
  }
}
