import type { PathFacts } from '../facts/path-facts.ts';
import { isRoot, userIds } from '../plan/plan-user.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import type { CheckFacts } from './check.ts';

const bits = { read: [0o400, 0o040, 0o004], write: [0o200, 0o020, 0o002] } as const;

/**
 * Whether the user in the container may read or write something of this host, by its owner and mode. Null: that cannot be
 * told from here, for example of a name whose number only the image knows.
 */
export function userMay(
  what: 'read' | 'write',
  found: Pick<PathFacts, 'uid' | 'gid' | 'mode'>,
  { user }: Pick<RunPlan, 'user'>,
  { host }: Pick<CheckFacts, 'host'>,
): boolean | null {
  const [own, group, others] = bits[what];
  if ((found.mode & others) !== 0) return true;
  const ids = userIds(user);
  // Root reads and writes everything, or, in an engine without root, what its caller does: that is looked at elsewhere.
  if (isRoot(user)) return true;
  if (ids === null || host.engine?.rootless) return null;
  const bit = found.uid === ids.uid ? own : found.gid === ids.gid ? group : others;
  return (found.mode & bit) !== 0;
}

/** What to do about a user of whom it cannot be told. */
export const nameNumber = 'name the user by number, which is then checked: --user UID';
