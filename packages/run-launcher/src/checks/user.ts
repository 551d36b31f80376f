import { isRoot } from '../plan/plan-user.ts';
import type { Check } from './check.ts';

/** Whether the user in the container may do what the plan does there before the command starts. */
export const user: Check = {
  name: 'user',
  forcible: true,
  look(plan) {
    if (plan === null || isRoot(plan.user) || plan.updates.length === 0) return [];
    // Whoever made an image with a user of its own may have given the checkouts to it.
    if (plan.user === plan.image.user) {
      return [
        {
          severity: 'warning',
          code: 'not-allowed',
          found: `whether ${plan.user}, the image's own user, may bring in code cannot be told: Slipway's checkouts are root's`,
          remedy: 'if it may not: --user root',
        },
      ];
    }
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
