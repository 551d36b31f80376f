import { formatSize } from '@slipway/contract';
import type { ContainerEngine, PullProgress } from '@slipway/effects';
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
  const { bytes } = plan.image;
  say(`pulling ${reference}${bytes === null ? '' : ` (${formatSize(bytes)} at most)`}`);
  const began = Date.now();
  let last: PullProgress = { fetchedBytes: 0, totalBytes: null };
  const show = () => {
    const { fetchedBytes, totalBytes } = last;
    progress.show(progressText(fetchedBytes, totalBytes ?? bytes, Date.now() - began));
  };
  // An engine may say nothing for minutes: the time at least is seen to go on.
  const clock = setInterval(show, 1000);
  try {
    await engine.pull(reference, {
      signal: interrupted,
      onProgress: (each) => {
        last = each;
        show();
      },
    });
  } finally {
    clearInterval(clock);
    progress.end();
  }
  const fetched = last.fetchedBytes;
  const seconds = Math.round((Date.now() - began) / 100) / 10;
  say(`pulled${fetched > 0 ? ` ${formatSize(fetched)}` : ''} in ${seconds.toFixed(1)} s`);
  return { seconds, bytes: fetched > 0 ? fetched : null };
}

/**
 * `1.2GB of 6.3GB, 24.1MB/s, 3 min left`.
 * @param total of what is to be fetched, or of the whole image where it is not known what the engine has of it.
 * @param elapsedMs since the pull began.
 */
export function progressText(fetched: number, total: number | null, elapsedMs: number): string {
  const soFar =
    total === null ? formatSize(fetched) : `${formatSize(Math.min(fetched, total))} of ${formatSize(total)}`;
  if (total !== null && total > 0 && fetched >= total) return `${soFar}, unpacking`;
  // Of so little, no rate can be told: some engines tell of whole layers only.
  if (fetched <= (total ?? 0) / 100)
    return elapsedMs < 1000 ? soFar : `${soFar}, after ${duration(elapsedMs / 1000)}`;
  const perSecond = (fetched / Math.max(elapsedMs, 1)) * 1000;
  const rate = `${soFar}, ${formatSize(Math.round(perSecond))}/s`;
  return total === null ? rate : `${rate}, ${duration((total - fetched) / perSecond)} left`;
}

const duration = (seconds: number): string =>
  seconds >= 90 ? `${Math.round(seconds / 60)} min` : `${Math.ceil(seconds)} s`;
