import { isRoot, userIds } from '../plan/plan-user.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import type { Check, CheckFacts } from './check.ts';
import { nameNumber, userMay } from './user-may.ts';

/** Whether the folders that the run writes into can be made and written, by the caller and by the user in the container. */
export const output: Check = {
  name: 'output',
  forcible: false,
  look(plan, facts) {
    if (plan === null || !facts.here) return [];
    return plan.mounts
      .filter(({ readOnly }) => !readOnly)
      .map(({ source, target }) => {
        const why = whyNot(source, plan, facts);
        if (why === 'unknown') {
          return {
            severity: 'warning',
            code: 'output-unusable',
            found: `whether ${plan.user}, the user in the container, may write ${source} as ${target} cannot be told`,
            remedy: nameNumber,
          };
        }
        if (why === null) return { severity: 'ok', found: `${source} can be written as ${target}` };
        return {
          severity: 'error',
          code: 'output-unusable',
          found: `${source} cannot be used as ${target}: ${why}`,
          remedy: 'name a folder that can be written, with --output or --cache',
        };
      });
  },
};

function whyNot(path: string, plan: RunPlan, facts: CheckFacts): string | null {
  const { paths, caller } = facts;
  const found = paths[path];
  if (found === undefined) return null;
  if (found.broken !== null) return found.broken;
  if (found.kind === 'file' || found.kind === 'other') return 'it is no folder';
  if (!found.writable) {
    return found.kind === 'missing' ? 'it does not exist and cannot be made here' : 'it may not be written';
  }
  // Root in a container of an engine of root's writes wherever root does; a folder that root makes is given to the user.
  const given = found.kind === 'missing' && caller.uid === 0 && userIds(plan.user) !== null;
  if (isRoot(plan.user) || given) return null;
  const owner = found.kind === 'missing' ? { ...caller, mode: 0o755 } : found;
  const may = userMay('write', owner, plan, facts);
  if (may !== false) return may === null ? 'unknown' : null;
  return `it is user ${owner.uid}'s with mode ${owner.mode.toString(8)}, and the user in the container is ${plan.user}`;
}
