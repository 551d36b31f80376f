import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { asFailure } from './as-failure.ts';
import { type Finished, tryRun } from './process.ts';

/** A GPU of this host. */
export interface Gpu {
  /** By NVIDIA's count, in which one that does not answer keeps its number. */
  index: number;
  /** `GPU-...`; null: it was not asked for. */
  uuid: string | null;
  name: string;
  /** For example `8.6`; null: nvidia-smi cannot tell it. */
  computeCapability: string | null;
  driver: string;
  /** Null where the GPU has no memory of its own: it then shares that of the host (GB10). */
  memoryMiB: number | null;
}

/** What was found out about the GPUs of a host, and where there are none, why. */
export interface GpuAnswer {
  gpus: Gpu[];
  /** What nvidia-smi said instead of a list; null: it listed them. */
  instead: string | null;
  /**
   * How nvidia-smi, which is there, failed: that there are no GPUs, or no more than those, is not known then. Null or
   * absent: it did not.
   */
  failure?: string | null;
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
  '--query-gpu=index,uuid,name,compute_cap,driver_version,memory.total',
  '--format=csv,noheader,nounits',
] as const;

/** GPUs of this host as nvidia-smi lists them, and where it lists none, why. */
export async function askGpus({ timeoutMs = 10_000 } = {}): Promise<GpuAnswer> {
  if (!isOnPath('nvidia-smi')) return { gpus: [], instead: 'there is no nvidia-smi' };
  const answer = await ask(gpuQuery, timeoutMs);
  const read = readGpuAnswer(`${answer.stdout}\n${answer.stderr}`, answer.exitCode);
  if (!/compute_cap/.test(read.instead ?? '')) return read;
  const again = readGpuAnswer((await ask(oldQuery)).stdout);
  return again.oldDriver ? again : read;
}

/** What every driver can be asked, in a form that says which column is which. */
const oldQuery = ['--query-gpu=name,driver_version', '--format=csv'] as const;

/** Where it cannot even be started, that is what it says. A group of its own: what it leaves behind is not waited for. */
async function ask(
  args: readonly string[],
  timeoutMs = 10_000,
): Promise<Pick<Finished, 'exitCode' | 'stdout' | 'stderr'>> {
  try {
    return await tryRun({ file: 'nvidia-smi', args, timeoutMs, patienceMs: 500, detached: true });
  } catch (error) {
    return { exitCode: 127, stdout: '', stderr: asFailure(error).problems[0]?.message ?? '' };
  }
}

/** Memory in use on all GPUs together, in MiB; undefined where nvidia-smi does not tell. */
export async function probeGpuMemoryUsed(): Promise<number | undefined> {
  const args = ['--query-gpu=memory.used', '--format=csv,noheader,nounits'];
  const answer = await ask(args);
  const used = answer.exitCode === 0 ? answer.stdout.split('\n').map(Number).filter(Number.isFinite) : [];
  return used.length === 0 ? undefined : used.reduce((sum, each) => sum + each, 0);
}

/**
 * Reads the lines of `nvidia-smi --query-gpu=index,uuid,name,compute_cap,driver_version,memory.total --format=csv`, with or
 * without heading, units, index and UUID; where a heading says so, the columns are others or in another order. What is no
 * GPU is passed over; a GPU whose compute capability is not told keeps its place.
 */
export function parseGpus(text: string): Gpu[] {
  return readRows(text)
    .filter(isGpu)
    .map(({ name = '', index, uuid, compute_cap: capability = '', ...row }, position) => ({
      index: index === undefined ? position : Number(index),
      uuid: uuid ?? null,
      name,
      computeCapability: capabilityPattern.test(capability) ? capability : null,
      driver: row.driver_version ?? '',
      memoryMiB: mebibytes(row['memory.total'] ?? ''),
    }));
}

/**
 * The same, with the sentence that stands in place of a list or of a part of it, or the driver that knows no compute
 * capabilities.
 * @param exitCode what nvidia-smi ended with; null where that was not recorded.
 */
export function readGpuAnswer(text: string, exitCode: number | null = null): GpuAnswer {
  const gpus = parseGpus(text);
  const old = gpus.length === 0 ? readOldDriver(text) : null;
  if (old !== null) {
    const instead = `driver ${old.version} lists ${old.gpus.join(', ')}, but cannot tell its compute capability`;
    return { gpus, instead, oldDriver: old };
  }
  const said = readSentence(text);
  const failure =
    (exitCode ?? 0) !== 0 || troublePattern.test(said) ? { failure: describeFailure(said, exitCode) } : {};
  return { gpus, instead: gpus.length > 0 ? null : said || 'nvidia-smi lists no GPU', ...failure };
}

function readOldDriver(text: string): OldDriver | null {
  const rows = readRows(text).filter(
    (row) => row.compute_cap === undefined && /^\d+\.\d/.test(row.driver_version ?? ''),
  );
  const version = rows[0]?.driver_version;
  return version === undefined ? null : { version, gpus: rows.map(({ name = 'GPU' }) => name) };
}

/** The line that is no GPU and no heading; of several the one that tells of trouble. */
function readSentence(text: string): string {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const said = lines
    // Whatever stands in its place may print anything, and this is shown on a terminal.
    .map((line) => line.replace(/\p{Cc}/gu, '').trim())
    .filter((line) => line !== '' && !splitLine(line).includes('driver_version'))
    .filter((line) => !readRows(line).some(isGpu));
  return said.find((line) => troublePattern.test(line)) ?? said[0] ?? '';
}

/** Of a GPU that fell off its bus, some drivers tell on stderr alone and end with 0. */
const troublePattern =
  /NVIDIA-SMI has failed|^Failed to|Unable to determine|No devices were found|GPU is lost|is corrupted/i;

function describeFailure(said: string, exitCode: number | null): string {
  if (said.startsWith('timed out')) return `nvidia-smi ${said}`;
  if (!exitCode) return `nvidia-smi says: ${said}`;
  return `nvidia-smi ended with exit code ${exitCode}${said && `: ${said}`}`;
}

const capabilityPattern = /^\d+\.\d+$/;

type Row = Partial<Record<string, string>>;

/** A compute capability that cannot be told is written `[N/A]`, `[Unknown Error]` and the like. */
function isGpu({ compute_cap: capability = '?', driver_version: driver = '' }: Row): boolean {
  return /^\d/.test(driver) && (capabilityPattern.test(capability) || /^(?:\[.*\])?$/.test(capability));
}

/** The columns of our own question behind index and UUID, which a recorded answer may lack. */
const ownColumns = ['name', 'compute_cap', 'driver_version', 'memory.total'];

/** The lines by the names of their columns: those of a heading, or else ours. */
function readRows(text: string): Row[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map(splitLine);
  const heading = lines.findIndex((fields) => fields.includes('driver_version'));
  const columns = lines[heading]?.map((field) => field.replace(/ \[.*\]$/, ''));
  return lines.slice(heading + 1).map((fields) => {
    if (columns) return Object.fromEntries(columns.map((name, place) => [name, fields[place] ?? '']));
    const first = fields.findIndex((field) => !/^(?:\d+|GPU-\S+)$/.test(field));
    const before = fields.slice(0, Math.max(first, 0));
    return {
      index: before.find((field) => /^\d+$/.test(field)),
      uuid: before.find((field) => field.startsWith('GPU-')),
      ...Object.fromEntries(ownColumns.map((name, place) => [name, fields[first + place] ?? ''])),
    };
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
