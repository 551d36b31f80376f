import { maskLogins, type Problem } from '@slipway/contract';
import { asFailure, commitIsThere } from '@slipway/effects';
import type { RunPlan } from '../plan/run-plan.ts';

/**
 * The commits of a plan made before that can no longer be had.
 * @param code what that is to whoever wants to start it.
 */
export async function goneCommits(
  { updates, mounts, ssh }: Pick<RunPlan, 'updates' | 'mounts' | 'ssh'>,
  code: 'rerun-impossible' | 'plan-outdated',
): Promise<Problem[]> {
  const sourceOf = (place: string | null | undefined) =>
    mounts.find(({ target }) => target === place)?.source;
  const keys = { sshKey: sourceOf(ssh?.key), knownHosts: sourceOf(ssh?.knownHosts) };
  const problems = updates.map(async ({ name, url, commit, ref }): Promise<Problem[]> => {
    try {
      if (await commitIsThere({ url, ref: commit, ...keys }, ref)) return [];
    } catch (error) {
      // A server that is down has lost nothing.
      return [...asFailure(error).problems];
    }
    return [
      {
        code,
        message: `${maskLogins(url)} does not give out commit ${commit} of ${name} any more`,
        remedy: `push it again, or start a new run with another one: --update ${name}=REF`,
      },
    ];
  });
  return (await Promise.all(problems)).flat();
}
