import { distributionOf } from '../plan/distribute.ts';
import { countGpus } from '../plan/plan-gpus.ts';
import { wasAsked } from '../plan/plan-origins.ts';
import type { Check } from './check.ts';

/** Whether several GPUs are given to a command that is started once, and may train on the first of them only; or too few. */
export const processes: Check = {
  name: 'processes',
  forcible: false,
  look(plan, { host }) {
    if (plan === null || plan.terminal) return [];
    const count = countGpus(plan.gpus, host);
    if (count > 0 && plan.processes > count) {
      return [
        {
          severity: 'warning',
          code: 'usage',
          found: `${plan.processes} training processes share ${count} GPU${count === 1 ? '' : 's'}: most programs take one each, and the rest fail`,
          remedy: `leave out --processes, or give --processes ${count}`,
        },
      ];
    }
    if (plan.processes > 1) return [];
    if (count < 2 || wasAsked(plan, 'processes') || distributionOf(plan.command) !== 'once') return [];
    return [
      {
        severity: 'warning',
        code: 'usage',
        found: `the run gets ${count} GPUs, and "${plan.command.slice(0, 2).join(' ')}" is started once: it is no Python program that could be started for each`,
        remedy: 'give a command that begins with python, or --processes 1 if this is meant',
      },
    ];
  },
};
