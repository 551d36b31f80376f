import type { Check } from './check.ts';

/** Whether the facts of another host are of the engine that is to start the run there. */
export const host: Check = {
  name: 'host',
  forcible: false,
  look(plan, { host: { engine }, here }) {
    if (plan === null || here || engine === null || engine.name === plan.scheduler) return [];
    return [
      {
        severity: 'warning',
        code: 'usage',
        found: `the run is for ${plan.scheduler}, and --host-facts tell of ${engine.name}: of the ${plan.scheduler} there nothing is known`,
        remedy: `save them there with slipway doctor --json --scheduler ${plan.scheduler}, or plan with --scheduler ${engine.name}`,
      },
    ];
  },
};
