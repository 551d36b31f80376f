import { Failure } from '@slipway/contract';
import type { Progress } from './progress.ts';

/** What was asked for; 0: nothing was. */
const askedSeconds = () => Number(process.env.SLIPWAY_REGISTRY_TIMEOUT) || 0;

/** GitHub's registry ends an upload after 10 minutes; one that says nothing for twice as long will not end well. */
const answerSeconds = 1200;

/** Bytes a second of the slowest line that still gets through an upload: 8 Mbit/s. */
const slowestRate = 1e6;

/** The most that a layer may have in GitHub's registry, for a push of which nothing is known. */
const largestLayer = 10e9;

/** A watch over one call of the builder. */
export interface RegistryWatch {
  /** Raised when a registry hangs, with the Failure as its reason. */
  signal: AbortSignal;
  /** Takes one line of what the builder prints. */
  onLine: (line: string) => void;
  end: () => void;
}

/**
 * Watches for a registry that takes the connection and never answers: BuildKit waits for it for ever. While it pushes,
 * BuildKit tells no bytes, only that all layers are there at last (its issue 3192; seen with BuildKit of Docker 28.5: one
 * line when a push begins, none in between). A long push looks like a hang from outside, so the patience with one grows
 * with what it may have to send.
 * @param registry its name, as far as it is known.
 * @param pushBytes what is pushed has at most; absent: it is not known.
 */
export function watchRegistry(
  progress: Pick<Progress, 'awaiting'>,
  registry = 'the registry',
  pushBytes = largestLayer,
): RegistryWatch {
  const controller = new AbortController();
  let pushing = false;
  const timer = setInterval(() => {
    const lastHeard = progress.awaiting();
    const patience = patienceSeconds(pushing ? pushBytes : 0);
    if (lastHeard === undefined || Date.now() - lastHeard < patience * 1000) return;
    controller.abort(
      new Failure({
        code: 'registry-unreachable',
        message: `${registry} has not answered for ${patience} s in the middle of a build`,
        remedy: `look at ${registry}, then start the same command again: what was built is kept, and no tag was moved; SLIPWAY_REGISTRY_TIMEOUT=<seconds> waits longer`,
      }),
    );
  }, 1000);
  return {
    signal: controller.signal,
    onLine: (line) => {
      pushing = isPushing(line) ?? pushing;
    },
    end: () => clearInterval(timer),
  };
}

/** How long a registry may be silent, in whole seconds. */
export function patienceSeconds(bytes: number): number {
  return askedSeconds() || Math.max(answerSeconds, Math.ceil(bytes / slowestRate));
}

/** Whether layers are being pushed after this line; undefined: it says nothing about that. */
function isPushing(line: string): boolean | undefined {
  if (!line.includes('"pushing layers"')) return undefined;
  try {
    const { statuses = [] } = JSON.parse(line) as { statuses?: { id: string; completed?: string }[] };
    const last = statuses.findLast(({ id }) => id === 'pushing layers');
    return last && last.completed === undefined;
  } catch {
    return undefined;
  }
}
