import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { tryRun } from './process.ts';

/** A GPU of this host. */
export interface Gpu {
  name: string;
  /** For example `8.6`. */
  computeCapability: string;
  driver: string;
  /** Null where the GPU has no memory of its own: it then shares that of the host (GB10). */
  memoryMiB: number | null;
}

/** What was found out about the GPUs of a host, and where there are none, why. */
export interface GpuAnswer {
  gpus: Gpu[];
  /** What nvidia-smi said instead of a list; null: it listed them. */
  instead: string | null;
  /** A driver that cannot tell what its GPUs are able to, which those before 510 cannot; null or absent: none such. */
  oldDriver?: OldDriver | null;
}

/** A driver that names its GPUs and does not know their compute capability. */
export interface OldDriver {
  version: string;
  /** Names of the GPUs. */
  gpus: string[];
}

/** The question that `parseGpus` reads the answer to; it can be asked by hand on another host, and the answer kept. */
export const gpuQuery = [
  '--query-gpu=name,compute_cap,driver_version,memory.total',
  '--format=csv,noheader,nounits',
] as const;

/** GPUs of this host as nvidia-smi lists them; none when there is no nvidia-smi or it finds none. */
export async function probeGpus(): Promise<Gpu[]> {
  return (await askGpus()).gpus;
}

/** The same, with the reason where nothing was listed. */
export async function askGpus(): Promise<GpuAnswer> {
  if (!isOnPath('nvidia-smi')) return { gpus: [], instead: 'there is no nvidia-smi' };
  const answer = await ask(gpuQuery);
  if (answer === undefined) return { gpus: [], instead: 'there is no nvidia-smi' };
  const read = readGpuAnswer(`${answer.stdout}\n${answer.stderr}`);
  if (read.gpus.length > 0 && answer.exitCode === 0) return read;
  if (/compute_cap/.test(read.instead ?? '')) {
    const again = readGpuAnswer((await ask(oldQuery))?.stdout ?? '');
    if (again.oldDriver) return again;
  }
  const silent =
    answer.exitCode === 0 ? 'nvidia-smi lists no GPU' : `nvidia-smi ended with ${answer.exitCode}`;
  return { gpus: [], instead: read.instead || silent };
}

/** What every driver can be asked, in a form that says which column is which. */
const oldQuery = ['--query-gpu=name,driver_version', '--format=csv'] as const;

const ask = (args: readonly string[]) =>
  tryRun({ file: 'nvidia-smi', args: [...args], timeoutMs: 10_000 }).catch(() => undefined);

/** Memory in use on all GPUs together, in MiB; undefined where nvidia-smi does not tell. */
export async function probeGpuMemoryUsed(): Promise<number | undefined> {
  const args = ['--query-gpu=memory.used', '--format=csv,noheader,nounits'];
  const answer = await tryRun({ file: 'nvidia-smi', args, timeoutMs: 10_000 }).catch(() => undefined);
  const used = answer?.exitCode === 0 ? answer.stdout.split('\n').map(Number).filter(Number.isFinite) : [];
  return used.length === 0 ? undefined : used.reduce((sum, each) => sum + each, 0);
}

/**
 * Reads the lines of `nvidia-smi --query-gpu=name,compute_cap,driver_version,memory.total --format=csv`, with or without
 * heading and units; where a heading says so, the columns are others or in another order. What is no GPU is passed over: a
 * driver that does not know compute_cap answers with a sentence.
 */
export function parseGpus(text: string): Gpu[] {
  return readRows(text).flatMap(({ name, compute_cap = '', driver_version = '', 'memory.total': memory }) =>
    capabilityPattern.test(compute_cap) && /^\d/.test(driver_version)
      ? [
          {
            name: name ?? '',
            computeCapability: compute_cap,
            driver: driver_version,
            memoryMiB: mebibytes(memory ?? ''),
          },
        ]
      : [],
  );
}

/** The same, with the sentence that stands in place of a list, or the driver that knows no compute capabilities. */
export function readGpuAnswer(text: string): GpuAnswer {
  const gpus = parseGpus(text);
  if (gpus.length > 0) return { gpus, instead: null };
  const rows = readRows(text).filter(
    (row) => row.compute_cap === undefined && /^\d+\.\d/.test(row.driver_version ?? ''),
  );
  const version = rows[0]?.driver_version;
  if (version !== undefined) {
    const names = rows.map(({ name = 'GPU' }) => name);
    const instead = `driver ${version} lists ${names.join(', ')}, but cannot tell its compute capability`;
    return { gpus, instead, oldDriver: { version, gpus: names } };
  }
  const [said = ''] = text
    .replace(/^\uFEFF/, '')
    .trim()
    .split(/\r?\n/);
  return { gpus, instead: said };
}

const capabilityPattern = /^\d+\.\d+$/;

/** The columns of our own question. */
const ownColumns = ['name', 'compute_cap', 'driver_version', 'memory.total'];

/** The lines by the names of their columns: those of a heading, or else ours behind an index or UUID. */
function readRows(text: string): Partial<Record<string, string>>[] {
  const lines = text.split('\n').map(splitLine);
  const heading = lines.findIndex((fields) => fields.includes('driver_version'));
  const columns = lines[heading]?.map((field) => field.replace(/ \[.*\]$/, ''));
  return lines.slice(heading + 1).map((fields) => {
    const values = columns
      ? fields
      : fields.slice(fields.findIndex((field) => !/^(?:\d+|GPU-\S+)$/.test(field)));
    return Object.fromEntries((columns ?? ownColumns).map((name, index) => [name, values[index] ?? '']));
  });
}

/** The fields of a line; one in quotation marks may hold a comma. */
function splitLine(line: string): string[] {
  const fields = line.match(/(?:"(?:[^"]|"")*"|[^,"])+|(?<=,)(?=,|$)/g) ?? [];
  return fields.map((field) =>
    field
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .replaceAll('""', '"'),
  );
}

/** Looking is faster than failing to start a program, which every plan on a host without GPU would wait for. */
function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function mebibytes(text: string): number | null {
  const [, digits] = /^(\d+)(?: MiB)?$/.exec(text) ?? [];
  return digits === undefined ? null : Number(digits);
}
