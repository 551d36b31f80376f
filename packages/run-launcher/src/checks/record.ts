import type { RunPlan } from '../plan/run-plan.ts';
import type { Check, CheckFacts } from './check.ts';
import { whyUnusable } from './unusable-folder.ts';

/** Whether a record can be made: it is the first thing of a run, and the last. */
export const record: Check = {
  name: 'record',
  forcible: false,
  look(plan, facts) {
    const { here, records, dry } = facts;
    if (!here || records === undefined || plan?.terminal) return [];
    const { folder } = records;
    const why = whyUnrecorded(plan, facts);
    if (why === null) return [{ severity: 'ok', found: `runs are recorded in ${folder}` }];
    return [
      {
        severity: dry ? 'warning' : 'error',
        code: 'not-allowed',
        found: `runs cannot be recorded in ${folder}: ${why}`,
        remedy: 'make it writable for whoever calls, or call slipway in a folder that can be written',
      },
    ];
  },
};

/** What keeps a plan from being recorded when it is started; null: nothing, or it is a shell, which is not recorded. */
export function whyUnrecorded(
  plan: Pick<RunPlan, 'terminal'> | null,
  { records }: Pick<CheckFacts, 'records'>,
): string | null {
  return records === undefined || plan?.terminal ? null : whyUnusable(records.found);
}
