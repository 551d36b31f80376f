import type { RunPlan } from '../plan/run-plan.ts';
import { flatten } from './flatten.ts';
import type { RunRecord } from './run-record.ts';

/** One thing that is not the same; null: the run has no such value. */
export interface Difference {
  path: string;
  before: string | null;
  after: string | null;
}

/** What differs between two runs: in their plans, their hosts and how they ended. What every run has of its own is left out. */
export function diffRuns(before: RunRecord, after: RunRecord): Difference[] {
  const [old, young] = [flatten(compared(before)), flatten(compared(after))];
  const paths = [...new Set([...Object.keys(old), ...Object.keys(young)])].toSorted();
  return paths
    .filter((path) => old[path] !== young[path])
    .map((path) => ({ path, before: old[path] ?? null, after: young[path] ?? null }));
}

function compared({ plan, host, outcome, exitCode }: RunRecord): object {
  return { ...withoutId(plan), host, outcome, exitCode };
}

/** Lists are compared by their meaning: options by their key, mounts by their place. */
function withoutId(plan: RunPlan): object {
  const { id, labels, origins, mounts, command, environment, updates, ...rest } = plan;
  const own = (text: string) => text.replace(labels['io.slipway.run.folder'] ?? id, 'its own folder');
  const at = command.indexOf('--opts');
  const opts = at === -1 ? [] : command.slice(at + 1);
  const { SLIPWAY_RUN_ID: _, ...others } = environment;
  return {
    ...rest,
    command: (at === -1 ? command : command.slice(0, at)).join(' '),
    opts: Object.fromEntries(opts.flatMap((key, index) => (index % 2 === 0 ? [[key, opts[index + 1]]] : []))),
    mounts: Object.fromEntries(mounts.map(({ target, source }) => [target, own(source)])),
    environment: others,
    updates: Object.fromEntries(updates.map(({ name, ...update }) => [name, update])),
  };
}
