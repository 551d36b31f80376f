import { posix } from 'node:path';
import type { RunPlan } from './run-plan.ts';

/** What no program runs without, wherever it comes from. */
const system = [
  ...['/bin', '/etc', '/lib', '/lib64', '/sbin', '/tmp'],
  ...['/usr/bin', '/usr/lib', '/usr/local/bin', '/usr/local/lib'],
];

/** What the kernel shows there, and the engine mounts by itself, below them too: `/dev/shm`. */
const kernels = ['/dev', '/proc', '/sys'];

/** Where the Python of Slipway's images lies, with everything that it imports. */
const python = '/opt/venv';

/**
 * The place that a run needs and that something mounted at `target` would hide; undefined: none.
 * @param own places of the run itself: its mounts, its code.
 */
export function neededPlace(
  target: string,
  own: readonly string[],
  { labels, entrypoint }: Pick<RunPlan['image'], 'labels' | 'entrypoint'>,
): string | undefined {
  const whole = [...kernels, ...('io.slipway.kind' in labels ? [python] : [])];
  const [program = ''] = entrypoint;
  const started = program.startsWith('/') ? [program, posix.dirname(program)] : [];
  return (
    // What is mounted above a place hides it, too.
    [...own, ...started, ...system, ...whole].find((place) => holds(target, place)) ??
    whole.find((place) => holds(place, target))
  );
}

/** Whether a place is another one, or lies below it. */
export const holds = (outer: string, place: string): boolean =>
  place === outer || place.startsWith(outer.endsWith('/') ? outer : `${outer}/`);
