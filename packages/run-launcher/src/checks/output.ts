import type { RunPlan } from '../plan/run-plan.ts';
import type { Check, CheckFacts } from './check.ts';

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

function whyNot(path: string, plan: RunPlan, { paths, caller, host }: CheckFacts): string | null {
  const found = paths[path];
  if (found === undefined) return null;
  if (found.broken !== null) return found.broken;
  if (found.kind === 'file' || found.kind === 'other') return 'it is no folder';
  if (!found.writable) {
    return found.kind === 'missing' ? 'it does not exist and cannot be made here' : 'it may not be written';
  }
  // Root in a container of an engine of root's writes wherever root does; a folder that is made is given to the user.
  if (plan.user === null || (found.kind === 'missing' && caller.uid === 0)) return null;
  if (host.engine?.rootless) return null;
  const [uid = 0, gid = 0] = plan.user.split(':').map(Number);
  const owner = found.kind === 'missing' ? { ...caller, mode: 0o755 } : found;
  const bit = owner.uid === uid ? 0o200 : owner.gid === gid ? 0o020 : 0o002;
  if ((owner.mode & bit) !== 0) return null;
  return `it is user ${owner.uid}'s with mode ${owner.mode.toString(8)}, and the user in the container is ${plan.user}`;
}
