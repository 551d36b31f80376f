import { posix } from 'node:path';
import { holds } from '../plan/needed-place.ts';
import { rcloneMount } from '../plan/plan-mounts.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { handover } from '../plan/start-script.ts';
import type { Check, CheckFacts, Finding as Named } from './check.ts';

type Finding = Omit<Named, 'check'>;

/** Whether what is only read is there, and can be mounted: an engine would make an empty folder in its place, or say less. */
export const data: Check = {
  name: 'data',
  forcible: false,
  look(plan, facts) {
    if (plan === null || !facts.here) return [];
    // The key and the rclone configuration have checks of their own.
    const own = [plan.ssh?.key, rcloneMount(plan)?.target];
    const read = plan.mounts.filter(({ readOnly, target }) => readOnly && !own.includes(target));
    return [...read.map((mount) => lookAt(mount, facts)), ...withoutPlace(plan, facts)];
  },
};

function lookAt({ source, target }: RunPlan['mounts'][number], { paths }: CheckFacts): Finding {
  const found = paths[source];
  const wrong = found && whyNot(found, target);
  if (!wrong) return { severity: 'ok', found: `${source} can be read as ${target}` };
  return {
    severity: 'error',
    code: 'folder-missing',
    found: `${source}, which is to be ${target}, ${wrong}`,
    remedy: 'correct the path',
  };
}

function whyNot({ kind, readable }: CheckFacts['paths'][string], target: string): string | null {
  if (kind === 'missing') return 'does not exist';
  if (kind === 'folder' && target === handover.knownHosts) return 'is a folder, and no file with host keys';
  return readable ? null : 'may not be read';
}

/** Below a folder that is only read, an engine cannot make the place of another one. */
function withoutPlace({ mounts }: RunPlan, { paths }: CheckFacts): Finding[] {
  return nested(mounts).flatMap(({ outer, inner, place }): Finding[] => {
    if (paths[place]?.kind !== 'missing') return [];
    return [
      {
        severity: 'error',
        code: 'folder-missing',
        found: `${inner.source} is to be ${inner.target}, below ${outer.target}, which is only read and has no ${posix.relative(outer.target, inner.target)}`,
        remedy: `name a place beside it with --data, or make ${place}`,
      },
    ];
  });
}

/** What lies below a read-only folder of the plan, and the place that it takes in the folder of the host. */
export function nested(
  mounts: RunPlan['mounts'],
): { outer: RunPlan['mounts'][number]; inner: RunPlan['mounts'][number]; place: string }[] {
  return mounts.flatMap((inner) => {
    const above = mounts.filter((each) => each !== inner && holds(each.target, inner.target));
    // The nearest one holds its place.
    const outer = above.toSorted((a, b) => b.target.length - a.target.length)[0];
    if (!outer?.readOnly) return [];
    return [{ outer, inner, place: posix.join(outer.source, posix.relative(outer.target, inner.target)) }];
  });
}
