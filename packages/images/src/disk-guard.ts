import { Failure } from '@slipway/contract';
import { type BuildEngine, diskFreeBytes, reclaimDisk } from '@slipway/effects';
import prettyBytes from 'pretty-bytes';

/** So much is left free in any case: an engine whose disk is full cannot even clean up. */
const leftFree = 300e6;

/** How much of the engine's disk some work takes. */
export interface DiskGuard {
  /** Raised when it takes more than it may, with the Failure as its reason. */
  signal: AbortSignal;
  /** The most that it took so far; undefined where the engine's disk is not one of this machine. */
  peakBytes: () => number | undefined;
  end: () => void;
}

/**
 * Samples the disk that holds the engine's data, from now on. Whatever else writes there at the same time counts too.
 * @param limitBytes what the work may take at most; null: as much as there is.
 */
export function guardDisk(engine: BuildEngine, limitBytes: number | null, project: string): DiskGuard {
  const controller = new AbortController();
  const before = engine.builder.isEngine ? diskFreeBytes(engine) : undefined;
  if (before === undefined) {
    return { signal: controller.signal, peakBytes: () => undefined, end: () => {} };
  }
  let peak = 0;
  const sample = () => {
    const free = diskFreeBytes(engine) ?? before;
    peak = Math.max(peak, before - free);
    if (controller.signal.aborted) return;
    if (limitBytes !== null && peak > limitBytes) {
      controller.abort(stopped(project, peak, `disk_guard allows ${prettyBytes(limitBytes)}`));
    } else if (limitBytes !== null && free < leftFree && before > leftFree) {
      controller.abort(stopped(project, peak, `only ${prettyBytes(free)} were left`));
    }
  };
  const timer = setInterval(sample, 200);
  return {
    signal: controller.signal,
    peakBytes: () => peak,
    end: () => {
      sample();
      clearInterval(timer);
    },
  };
}

function stopped(project: string, took: number, why: string): Failure {
  return new Failure({
    code: 'disk-guard',
    where: { file: 'slipway.toml' },
    message: `${project} was stopped when it had taken ${prettyBytes(took)} of the engine's disk: ${why}`,
    remedy:
      "a runtime image that keeps its base remote takes some 100 MB: look for what makes the engine download the base, or raise limits.disk_guard; what was fetched half is the engine's to forget, within the hour or when it is started again",
  });
}

/**
 * Gives back what stopped work took: the builder forgets as many bytes of its cache. Layers that were being fetched stay
 * under a lease of BuildKit's, which ends after an hour or with the engine.
 */
export async function giveBack(engine: BuildEngine, guard: DiskGuard): Promise<void> {
  await reclaimDisk(engine, guard.peakBytes() ?? 0);
}
