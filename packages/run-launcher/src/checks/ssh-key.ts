import { quoteForShell } from '@slipway/contract';
import { isOverSsh } from '../definition/git-url.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import type { Check, CheckFacts, Finding as Named } from './check.ts';
import { unreadableInside } from './readable-inside.ts';

type Finding = Omit<Named, 'check'>;

/** Whether the SSH key is there where one is needed, is read by nobody else, and can be read by the user in the container. */
export const sshKey: Check = {
  name: 'ssh-key',
  forcible: true,
  look(plan, facts) {
    if (plan === null) return [];
    if (plan.ssh === null) return withoutKey(plan);
    return [...withoutHostKeys(plan), ...(facts.here ? lookAtKey(plan, plan.ssh, facts) : [])];
  },
};

function lookAtKey(plan: RunPlan, { key }: NonNullable<RunPlan['ssh']>, facts: CheckFacts): Finding[] {
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
  if (facts.privateKey?.isKey === false) {
    const bare = path.replace(/\.pub$/, '');
    return [
      {
        severity: 'error',
        code: 'folder-missing',
        found: `the SSH key ${path} is no private key: it does not begin with -----BEGIN ... PRIVATE KEY-----`,
        remedy: `name the private key${bare === path ? ' with --ssh-key' : `: --ssh-key ${quoteForShell(bare)}`}`,
      },
    ];
  }
  if (facts.privateKey?.locked) {
    return [
      {
        severity: 'error',
        code: 'key-unsafe',
        found: `the SSH key ${path} has a passphrase; the container cannot ask for it, and has no agent`,
        remedy:
          'name a key without one with --ssh-key, such as a deploy key that may only read: ssh-keygen -t ed25519 -f FILE makes one',
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
        remedy: `chmod 600 ${quoteForShell(path)}`,
      },
    ];
  }
  const unreadable = unreadableInside(`the SSH key ${path}`, path, { found, plan, facts });
  if (unreadable !== null) return [unreadable];
  return [{ severity: 'ok', found: `${path} is there, with mode ${mode}` }];
}

/** Code that is fetched over SSH in the container, which has neither the caller's agent nor keys. */
function withoutKey({ updates }: RunPlan): Finding[] {
  return updates
    .filter(({ url }) => isOverSsh(url))
    .map(({ name, url }) => ({
      severity: 'error',
      code: 'secret-missing',
      found: `${name} is to be brought in over SSH from ${url}, and the container gets no SSH key`,
      remedy: 'name a private key that may read it: --ssh-key FILE',
    }));
}

/** The container checks host keys, and does not have those that this machine keeps for everybody. */
function withoutHostKeys({ updates, ssh }: RunPlan): Finding[] {
  if (ssh?.knownHosts !== null) return [];
  return updates
    .filter(({ url }) => isOverSsh(url))
    .map(({ name, url }) => ({
      severity: 'error',
      code: 'host-key-unknown',
      found: `${name} is to be brought in over SSH from ${url}, and the container gets no host keys: there is no ~/.ssh/known_hosts`,
      remedy: 'name a file that holds the key of that host: --known-hosts FILE',
    }));
}
