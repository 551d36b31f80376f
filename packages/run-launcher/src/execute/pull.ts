import { formatSize } from '@slipway/contract';
import type { ContainerEngine } from '@slipway/effects';
import type { RunPlan } from '../plan/run-plan.ts';
import type { RunRecord } from '../record/run-record.ts';
import { pinned } from '../schedulers/container-arguments.ts';

/** Where a person sees how far something is: one line that is written over on a terminal, now and then one elsewhere. */
export interface ProgressLine {
  show(line: string): void;
  end(): void;
}

/**
 * Fetches the image of a plan unless the engine has it.
 * @param present whether the engine was found to have it a moment ago: asking again takes it 10 ms.
 * @returns what it took; null: nothing had to be fetched.
 */
export async function pullImage(
  plan: RunPlan,
  engine: ContainerEngine,
  {
    present,
    say,
    progress,
    interrupted,
  }: {
    present: boolean;
    say: (line: string) => void;
    progress: ProgressLine;
    interrupted: AbortSignal;
  },
): Promise<RunRecord['pull']> {
  const reference = pinned(plan);
  if (present || plan.image.from === 'engine' || (await engine.has(reference))) return null;
  const total = plan.image.bytes;
  say(`pulling ${reference}${total === null ? '' : ` (${formatSize(total)} at most)`}`);
  const began = Date.now();
  let fetched = 0;
  try {
    await engine.pull(reference, {
      signal: interrupted,
      onProgress: ({ fetchedBytes }) => {
        fetched = fetchedBytes;
        progress.show(progressText(fetchedBytes, total, Date.now() - began));
      },
    });
  } finally {
    progress.end();
  }
  const seconds = Math.round((Date.now() - began) / 100) / 10;
  say(`pulled${fetched > 0 ? ` ${formatSize(fetched)}` : ''} in ${seconds.toFixed(1)} s`);
  return { seconds, bytes: fetched > 0 ? fetched : null };
}

/**
 * `1.2GB of 6.3GB, 24.1MB/s, 3 min left`. What the engine has already is never fetched, so it may end before the total.
 * @param elapsedMs since the pull began.
 */
export function progressText(fetched: number, total: number | null, elapsedMs: number): string {
  const perSecond = elapsedMs > 0 ? (fetched / elapsedMs) * 1000 : 0;
  const rate = perSecond > 0 ? `, ${formatSize(Math.round(perSecond))}/s` : '';
  if (total === null) return `${formatSize(fetched)}${rate}`;
  // Decompressed bytes are counted by some engines: never say more than everything.
  const shown = Math.min(fetched, total);
  const left = perSecond > 0 ? Math.ceil((total - shown) / perSecond) : null;
  const time = left === null ? '' : left >= 90 ? `, ${Math.round(left / 60)} min left` : `, ${left} s left`;
  return `${formatSize(shown)} of ${formatSize(total)}${rate}${shown < total ? time : ', unpacking'}`;
}
