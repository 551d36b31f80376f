import { readFileSync } from 'node:fs';
import { type ContainerEngine, probeGpuMemoryUsed } from '@slipway/effects';
import type { RunPlan } from '../plan/run-plan.ts';
import type { Peaks } from '../record/run-record.ts';
import { containerName } from '../schedulers/container-arguments.ts';

/**
 * How often the kernel's own figures are read, and the GPUs' asked, in milliseconds. The former costs a tenth of one, and a
 * run that takes too much memory may be over soon.
 */
const every = { kernel: 250, gpus: 10_000 } as const;

/** At which of the looks an engine whose program has to be started for it is asked for the container: every fourth. */
const looksToAsk = 4;

/**
 * Watches what a run takes at most, until it is told to stop. Never fails: what cannot be measured is null.
 * @returns what stops it, and what tells whether it has seen the container run.
 */
export function watchPeaks(
  engine: ContainerEngine,
  plan: RunPlan,
): { stop: () => Peaks | null; seen: () => boolean } {
  const peaks: Peaks = { memoryBytes: null, cpuSeconds: null, gpuMemoryMiB: null };
  const stopped = new AbortController();
  let pid = 0;
  let looks = 0;
  let looking = false;
  const look = async () => {
    // The engine may take longer to tell of it than until the next look.
    if (looking) return;
    looks += 1;
    if (pid === 0 && !engine.answersQuickly && looks % looksToAsk !== 0) return;
    looking = true;
    await lookNow().finally(() => (looking = false));
  };
  const lookNow = async () => {
    if (pid === 0) pid = (await engine.inspect(containerName(plan.id), stopped))?.pid ?? 0;
    const usage = pid === 0 ? undefined : readUsage(pid);
    peaks.memoryBytes = highest(peaks.memoryBytes, usage?.memoryBytes);
    peaks.cpuSeconds = highest(peaks.cpuSeconds, usage?.cpuSeconds);
  };
  const lookAtGpus = async () => {
    peaks.gpuMemoryMiB = highest(peaks.gpuMemoryMiB, await probeGpuMemoryUsed());
  };
  const timers = [setInterval(() => void look().catch(() => undefined), every.kernel)];
  if (plan.gpus !== null)
    timers.push(setInterval(() => void lookAtGpus().catch(() => undefined), every.gpus));
  return {
    seen: () => pid !== 0,
    stop: () => {
      for (const timer of timers) clearInterval(timer);
      // A program of the engine that is under way would keep this one.
      stopped.abort();
      return Object.values(peaks).every((value) => value === null) ? null : peaks;
    },
  };
}

/** What the kernel counts for the control group of a process, in either version of control groups. */
function readUsage(pid: number): { memoryBytes?: number; cpuSeconds?: number } {
  const groups = (readText(`/proc/${pid}/cgroup`) ?? '').split('\n').map((line) => line.split(':'));
  const old = (name: string, file: string) => {
    const group = groups.find(([, controllers = '']) => controllers.split(',').includes(name))?.[2];
    return group === undefined ? undefined : readNumber(`/sys/fs/cgroup/${name}${group}/${file}`);
  };
  const memory = old('memory', 'memory.max_usage_in_bytes');
  if (memory !== undefined) {
    const nanoseconds = old('cpuacct', 'cpuacct.usage');
    return {
      memoryBytes: memory,
      cpuSeconds: nanoseconds === undefined ? undefined : seconds(nanoseconds / 1e9),
    };
  }
  const unified = groups.find(([number]) => number === '0')?.[2];
  const at = `/sys/fs/cgroup${unified}`;
  const [, microseconds] = /^usage_usec (\d+)$/m.exec(readText(`${at}/cpu.stat`) ?? '') ?? [];
  return {
    // The peak is kept by kernels from 5.19 on; what is in use now is at least a lower bound of it.
    memoryBytes: readNumber(`${at}/memory.peak`) ?? readNumber(`${at}/memory.current`),
    cpuSeconds: microseconds === undefined ? undefined : seconds(Number(microseconds) / 1e6),
  };
}

const seconds = (value: number): number => Math.round(value * 100) / 100;

const highest = (before: number | null, now: number | undefined): number | null =>
  now === undefined ? before : Math.max(before ?? 0, now);

function readNumber(path: string): number | undefined {
  const text = readText(path)?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
