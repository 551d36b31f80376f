import type { Check } from './check.ts';

/** Whether the user in the container may do what the plan does there before the command starts. */
export const user: Check = {
  name: 'user',
  forcible: true,
  look(plan) {
    if (plan === null || plan.user === null || plan.updates.length === 0) return [];
    return [
      {
        severity: 'error',
        code: 'not-allowed',
        found: `user ${plan.user} in the container cannot bring in code: the checkouts of an image are root's`,
        remedy: 'leave out --user, or --update',
      },
    ];
  },
};
