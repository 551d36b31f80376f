import type { ChildProcess } from 'node:child_process';

/**
 * Ends all that a child started in its process group when its time is over or `signal` is raised: one of them that goes on
 * holds its output open, and would be waited for.
 * @param patienceMs how long they may take, before they are killed and let go of.
 * @returns what gives up waiting for that.
 */
export function endGroup(
  child: Pick<ChildProcess, 'pid' | 'stdout' | 'stderr'>,
  { timeoutMs, signal, patienceMs }: { timeoutMs?: number; signal?: AbortSignal; patienceMs: number },
): () => void {
  const timers: NodeJS.Timeout[] = [];
  const end = () => {
    sendToGroup(child.pid, 'SIGTERM');
    const kill = () => {
      sendToGroup(child.pid, 'SIGKILL');
      // What went into a group of its own is out of reach.
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    timers.push(setTimeout(kill, patienceMs));
  };
  if (timeoutMs !== undefined) timers.push(setTimeout(end, timeoutMs));
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end, { once: true });
  return () => {
    for (const timer of timers) clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  };
}

function sendToGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of it is left.
  }
}
