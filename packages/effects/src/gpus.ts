import { tryRun } from './process.ts';

/** A GPU of this host. */
export interface Gpu {
  name: string;
  /** For example `8.6`. */
  computeCapability: string;
  driver: string;
  memoryMiB: number;
}

/** GPUs of this host as nvidia-smi lists them; none when there is no nvidia-smi or it finds none. */
export async function probeGpus(): Promise<Gpu[]> {
  const fields = ['name', 'compute_cap', 'driver_version', 'memory.total'];
  const args = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'];
  const answer = await tryRun({ file: 'nvidia-smi', args, timeoutMs: 10_000 }).catch(() => undefined);
  return answer?.exitCode === 0 ? parseGpus(answer.stdout) : [];
}

/** Reads the lines of `nvidia-smi --query-gpu=name,compute_cap,driver_version,memory.total`. */
export function parseGpus(text: string): Gpu[] {
  const lines = text.split('\n').map((line) => line.split(',').map((field) => field.trim()));
  return lines.flatMap(([name, computeCapability, driver, memory]) =>
    name && computeCapability && driver
      ? [{ name, computeCapability, driver, memoryMiB: Number(memory) }]
      : [],
  );
}
