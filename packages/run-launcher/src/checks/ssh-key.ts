import type { Check, CheckFacts } from './check.ts';

/** Whether the SSH key is there, is read by nobody else, and can be read where it is needed. */
export const sshKey: Check = {
  name: 'ssh-key',
  forcible: true,
  look(plan, facts) {
    if (plan === null || plan.ssh === null || !facts.here) return [];
    const { key } = plan.ssh;
    const path = plan.mounts.find(({ target }) => target === key)?.source ?? '';
    const found = facts.paths[path];
    if (found === undefined) return [];
    if (found.kind !== 'file') {
      return [
        {
          severity: 'error',
          code: 'folder-missing',
          found: `the SSH key ${path} ${found.kind === 'missing' ? 'does not exist' : 'is no file'}`,
          remedy: 'name the private key with --ssh-key',
        },
      ];
    }
    const mode = found.mode.toString(8);
    if ((found.mode & 0o077) !== 0) {
      return [
        {
          severity: 'error',
          code: 'key-unsafe',
          found: `the SSH key ${path} has mode ${mode}: others may read it, and ssh refuses such a key`,
          remedy: `chmod 600 '${path}'`,
        },
      ];
    }
    const why = unreadable(found.uid, plan.user, facts);
    if (!found.readable || why !== null) {
      return [
        {
          severity: 'error',
          code: 'key-unsafe',
          found: `the SSH key ${path} is user ${found.uid}'s with mode ${mode}: ${why ?? 'you may not read it'}`,
          remedy: `use a key of your own, or give it to the user who needs it: chown ${plan.user?.split(':')[0] ?? facts.caller.uid} '${path}'`,
        },
      ];
    }
    return [{ severity: 'ok', found: `${path} is there, with mode ${mode}` }];
  },
};

/** A key is read in the container by its user; root there reads everything, unless it is somebody else outside. */
function unreadable(owner: number, user: string | null, { host }: CheckFacts): string | null {
  if (user === null || host.engine?.rootless) return null;
  const uid = Number(user.split(':')[0]);
  return uid === owner || uid === 0 ? null : `the user in the container, ${user}, may not read it`;
}
