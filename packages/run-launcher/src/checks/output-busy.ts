import type { Check } from './check.ts';

/** Whether another run is writing into the same output folder now. */
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
        found: `the run ${busy} is writing into the same output folder`,
        remedy: `name another folder with --output, or end that run: slipway stop ${busy}`,
      },
    ];
  },
};
