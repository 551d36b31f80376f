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
  const answer = isOnPath('nvidia-smi')
    ? await tryRun({ file: 'nvidia-smi', args: [...gpuQuery], timeoutMs: 10_000 }).catch(() => undefined)
    : undefined;
  if (answer === undefined) return { gpus: [], instead: 'there is no nvidia-smi' };
  const said = `${answer.stdout}\n${answer.stderr}`.trim().split('\n')[0] ?? '';
  if (answer.exitCode !== 0) return { gpus: [], instead: said || `nvidia-smi ended with ${answer.exitCode}` };
  const gpus = parseGpus(answer.stdout);
  return { gpus, instead: gpus.length > 0 ? null : said || 'nvidia-smi lists no GPU' };
}

/** Memory in use on all GPUs together, in MiB; undefined where nvidia-smi does not tell. */
export async function probeGpuMemoryUsed(): Promise<number | undefined> {
  const args = ['--query-gpu=memory.used', '--format=csv,noheader,nounits'];
  const answer = await tryRun({ file: 'nvidia-smi', args, timeoutMs: 10_000 }).catch(() => undefined);
  const used = answer?.exitCode === 0 ? answer.stdout.split('\n').map(Number).filter(Number.isFinite) : [];
  return used.length === 0 ? undefined : used.reduce((sum, each) => sum + each, 0);
}

/**
 * Reads the lines of `nvidia-smi --query-gpu=name,compute_cap,driver_version,memory.total --format=csv`, with or without
 * heading and units. What is no GPU is passed over: a driver that does not know compute_cap answers with a sentence.
 */
export function parseGpus(text: string): Gpu[] {
  const lines = text.split('\n').map((line) => line.split(',').map((field) => field.trim()));
  return lines.flatMap(([name = '', computeCapability = '', driver = '', memory = '']) =>
    /^\d+\.\d+$/.test(computeCapability) && /^\d/.test(driver)
      ? [{ name, computeCapability, driver, memoryMiB: mebibytes(memory) }]
      : [],
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
