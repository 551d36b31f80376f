import { chownSync, existsSync, mkdirSync } from 'node:fs';
import { Failure, type Problem } from '@slipway/contract';
import { userIds } from '../plan/plan-user.ts';
import type { RunPlan } from '../plan/run-plan.ts';

/**
 * Makes the folders that a run writes into, as those of the user in the container where that is another one.
 * @throws Failure `output-unusable`.
 */
export function prepareFolders({ mounts, user }: Pick<RunPlan, 'mounts' | 'user'>): void {
  const problems: Problem[] = [];
  for (const { source, readOnly } of mounts) {
    if (readOnly || existsSync(source)) continue;
    try {
      mkdirSync(source, { recursive: true });
      const ids = userIds(user);
      if (ids !== null && ids.uid !== 0 && process.getuid?.() === 0) chownSync(source, ids.uid, ids.gid);
    } catch (error) {
      problems.push({
        code: 'output-unusable',
        message: `${source} cannot be made: ${(error as Error).message}`,
        remedy: 'name a folder that can be written, with --output or --cache',
      });
    }
  }
  if (problems.length > 0) throw new Failure(problems);
}
