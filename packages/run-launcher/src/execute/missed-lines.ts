import { existsSync, readFileSync, statSync } from 'node:fs';
import { type ContainerEngine, run } from '@slipway/effects';
import { containerName } from '../schedulers/container-arguments.ts';

/** How long before the last line that was kept the engine is asked from, in milliseconds: its clock is another one. */
const overlapMs = 2000;

/**
 * What the engine has of a run's log and nobody kept. A log that was kept is gone on with, since engines throw away the
 * beginning of a long one.
 * @param path the kept log; nothing kept means everything is missed.
 * @returns masked lines, and the moment up to which they go, as engines read it.
 */
export async function missedLines(
  engine: ContainerEngine,
  id: string,
  path: string,
  mask: (line: string) => string,
): Promise<{ lines: string[]; until: string }> {
  const kept = existsSync(path) ? readFileSync(path, 'utf8').split(/\r|\n/).slice(-1000, -1) : [];
  const since = kept.length === 0 ? [] : [`--since=${isoOf(statSync(path).mtimeMs - overlapMs)}`];
  const until = isoOf(Date.now());
  const lines: string[] = [];
  const onLine = (line: string) => void lines.push(mask(line));
  const args = ['logs', ...since, `--until=${until}`, containerName(id)];
  await run(engine.command(args, { keep: false, returns: true, onLine }));
  return { lines: lines.slice(overlap(kept, lines)), until };
}

/** How many lines at the beginning of `fresh` are the last ones of `kept`. */
export function overlap(kept: readonly string[], fresh: readonly string[]): number {
  for (let count = Math.min(kept.length, fresh.length); count > 0; count -= 1) {
    const start = kept.length - count;
    if (fresh.slice(0, count).every((line, index) => line === kept[start + index])) return count;
  }
  return 0;
}

const isoOf = (ms: number): string => new Date(ms).toISOString();
