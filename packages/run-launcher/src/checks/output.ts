import type { PathFacts } from '../facts/path-facts.ts';
import { holds } from '../plan/needed-place.ts';
import { isRoot, userIds } from '../plan/plan-user.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import type { Check, CheckFacts } from './check.ts';
import { whyUnrecorded } from './record.ts';
import { whyUnusable } from './unusable-folder.ts';
import { nameNumber, userMay } from './user-may.ts';

/** Whether the folders that the run writes into can be made and written, by the caller and by the user in the container. */
export const output: Check = {
  name: 'output',
  forcible: false,
  look(plan, facts) {
    if (plan === null || !facts.here) return [];
    return plan.mounts
      .filter(({ source, readOnly }) => !readOnly && !toldByRecord(source, plan, facts))
      .map(({ source, target }) => {
        const found = facts.paths[source];
        const against = found === undefined ? null : lookAtFolder(found, plan, facts);
        if (against === null) return { severity: 'ok', found: `${source} can be written as ${target}` };
        if (against === 'unknown') {
          return {
            severity: 'warning',
            code: 'output-unusable',
            found: `whether ${plan.user}, the user in the container, may write ${source} as ${target} cannot be told`,
            remedy: nameNumber,
          };
        }
        return {
          severity: 'error',
          code: 'output-unusable',
          found: `${source} cannot be used as ${target}: ${against.why}`,
          remedy: against.remedy ?? 'name a folder that can be written, with --output or --cache',
        };
      });
  },
};

/** Whether it lies among the records, of which the check of those tells that they cannot be written. */
const toldByRecord = (path: string, plan: RunPlan, facts: CheckFacts): boolean =>
  facts.records !== undefined && holds(facts.records.folder, path) && whyUnrecorded(plan, facts) !== null;

/** What is against a folder; null: nothing. */
function lookAtFolder(
  found: PathFacts,
  plan: RunPlan,
  facts: CheckFacts,
): { why: string; remedy?: string } | 'unknown' | null {
  const { caller } = facts;
  const why = whyUnusable(found);
  if (why !== null) return { why };
  // Root in a container of an engine of root's writes wherever root does; a folder that root makes is given to the user.
  const given = found.kind === 'missing' && caller.uid === 0 && userIds(plan.user) !== null;
  if (isRoot(plan.user) || given) return null;
  const owner = found.kind === 'missing' ? { ...caller, mode: 0o777 & ~caller.umask } : found;
  const may = userMay('write', owner, plan, facts);
  if (may === true) return null;
  const inside = `and the user in the container is ${plan.user}`;
  const mode = owner.mode.toString(8);
  // Root makes it, and does not know the number of a name.
  if (found.kind === 'missing' && caller.uid === 0 && !facts.host.engine?.rootless) {
    return {
      why: `it would be made as root's with mode ${mode}, ${inside}`,
      remedy:
        'name the user by number, to whom it is then given: --user UID; or make a folder that it may write',
    };
  }
  if (may === null) return 'unknown';
  return { why: `it is user ${owner.uid}'s with mode ${mode}, ${inside}` };
}
