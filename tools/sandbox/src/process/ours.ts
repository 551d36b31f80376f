import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What belongs to us: processes started with a mark, and processes in a control group of ours. */
export interface Ours {
  mark: string;
  cgroup?: string;
}

/**
 * The living processes that are ours. Process ids are reused, so a number in a file proves nothing: what counts is
 * the environment a process was started with, or (for what runs inside a container) its control group.
 */
export function processesOf(ours: Ours): number[] {
  const entry = `SLIPWAY_SANDBOX=${ours.mark}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid)
    .filter(
      (pid) =>
        read(pid, 'environ').split('\0').includes(entry) ||
        (ours.cgroup !== undefined && inGroup(read(pid, 'cgroup'), ours.cgroup)),
    )
    .filter((pid) => !/^State:\s+[ZX]/m.test(read(pid, 'status')));
}

/** Ends all of them: the ones named first politely, whatever is left after `patienceMs` by force. */
export async function endProcesses(ours: Ours, first: number[], patienceMs: number): Promise<void> {
  const all = processesOf(ours);
  const polite = all.filter((pid) => first.length === 0 || first.includes(pid));
  for (const pid of polite) send(pid, 'SIGTERM');
  const deadline = Date.now() + patienceMs;
  while (polite.length > 0 && Date.now() < deadline) {
    const left = processesOf(ours);
    if (!left.some((pid) => polite.includes(pid))) break;
    await sleep(50);
  }
  // Killing a shim can set free what it held, so look again until nothing is found.
  for (let round = 0; round < 100; round += 1) {
    const left = processesOf(ours);
    if (left.length === 0) break;
    for (const pid of left) send(pid, 'SIGKILL');
    await sleep(50);
  }
  await reaped(all);
}

/** Waits a moment until init has taken the ended daemons off the process list, where they still look like ours. */
async function reaped(pids: number[]): Promise<void> {
  const deadline = Date.now() + 3000;
  while (Date.now() < deadline && pids.some((pid) => /^State:\s+Z/m.test(read(pid, 'status'))))
    await sleep(50);
}

function inGroup(groups: string, name: string): boolean {
  return groups
    .split('\n')
    .some((line) => `${line}/`.includes(`:/${name}/`) || `${line}/`.includes(`/${name}/`));
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself in the meantime.
  }
}
