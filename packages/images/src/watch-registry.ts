import { Failure } from '@slipway/contract';
import type { Progress } from './progress.ts';

/** GitHub's registry ends an upload after 10 minutes; one that says nothing for twice as long will not end well. */
const patienceSeconds = Number(process.env.SLIPWAY_REGISTRY_TIMEOUT) || 1200;

/**
 * Watches for a registry that takes the connection and never answers: BuildKit waits for it for ever.
 * @param registry its name, as far as it is known.
 * @returns a signal that is raised then, with the Failure as its reason.
 */
export function watchRegistry(
  progress: Pick<Progress, 'awaiting'>,
  registry = 'the registry',
): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const timer = setInterval(() => {
    const lastHeard = progress.awaiting();
    if (lastHeard === undefined || Date.now() - lastHeard < patienceSeconds * 1000) return;
    controller.abort(
      new Failure({
        code: 'registry-unreachable',
        message: `${registry} has not answered for ${patienceSeconds} s in the middle of a build`,
        remedy: `look at ${registry}, then start the same command again: what was built is kept, and no tag was moved; SLIPWAY_REGISTRY_TIMEOUT=<seconds> waits longer`,
      }),
    );
  }, 1000);
  return { signal: controller.signal, end: () => clearInterval(timer) };
}
