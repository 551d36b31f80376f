import { quoteForShell } from '@slipway/contract';
import type { PathFacts } from '../facts/path-facts.ts';
import { userIds } from '../plan/plan-user.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import type { CheckFacts, Finding } from './check.ts';
import { nameNumber, userMay } from './user-may.ts';

/**
 * What is against a file with keys that is there and closed to others: the caller, or the user in the container, may not
 * read it. Null: nothing.
 * @param noun `the SSH key /k`, for the sentence.
 */
export function unreadableInside(
  noun: string,
  path: string,
  { found, plan, facts }: { found: PathFacts; plan: RunPlan; facts: CheckFacts },
): Omit<Finding, 'check'> | null {
  const may = userMay('read', found, plan, facts);
  if (found.readable && may === true) return null;
  if (found.readable && may === null) {
    return {
      severity: 'warning',
      code: 'key-unsafe',
      found: `whether ${plan.user}, the user in the container, may read ${noun} cannot be told`,
      remedy: nameNumber,
    };
  }
  const who = found.readable
    ? `the user in the container, ${plan.user}, may not read it`
    : 'you may not read it';
  const owner = found.readable ? userIds(plan.user)?.uid : facts.caller.uid;
  return {
    severity: 'error',
    code: 'key-unsafe',
    found: `${noun} is user ${found.uid}'s with mode ${found.mode.toString(8)}: ${who}`,
    remedy: `use one of your own, or give it to the user who needs it: chown ${owner} ${quoteForShell(path)}`,
  };
}
