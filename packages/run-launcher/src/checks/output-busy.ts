import { outputOf } from '../plan/plan-run.ts';
import type { Check } from './check.ts';

/** Whether another run is writing into the same output folder now, or into one in or above it. */
export const outputBusy: Check = {
  name: 'output-busy',
  forcible: true,
  look(plan, { busy }) {
    // A shell may look into the folder of a run that is under way.
    if (plan === null || busy === null || plan.terminal) return [];
    return [
      {
        severity: 'error',
        code: 'output-busy',
        found: `the run ${busy.id} is writing into ${sharedFolder(busy.folder, outputOf(plan))}`,
        remedy: `name another folder with --output, or end that run: slipway stop ${busy.id}`,
      },
    ];
  },
};

/** The end of the sentence which says where another run writes. */
export function sharedFolder(folder: string, output: string): string {
  if (folder === output) return `the same output folder, ${output}`;
  return `${folder}, which ${folder.length > output.length ? 'lies in' : 'holds'} the output folder ${output}`;
}
