import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, maskLogins, quoteForShell } from '@slipway/contract';
import { hostEnvironment } from './git-tree.ts';
import { type Finished, tryRun } from './process.ts';

/** A git repository, something in it, and with which key SSH asks. */
export interface RemoteRef {
  url: string;
  /** A branch, a tag or a commit. */
  ref: string;
  /** Path of a private key; default: what the caller's SSH uses. */
  sshKey?: string;
  /** Path of a known_hosts file; default: the caller's own. Host keys are checked in any case. */
  knownHosts?: string;
}

/**
 * The commit that a ref of a git repository is now: a branch, a tag, `refs/...`, `HEAD`, or a commit's whole hash, of which the
 * server is asked whether it has it.
 * @throws Failure `source-unavailable` when the repository cannot be asked or has no such ref, `host-key-unknown`.
 */
export async function resolveRemoteRef(remote: RemoteRef): Promise<string> {
  const { ref } = remote;
  const url = maskLogins(remote.url);
  if (/^[0-9a-f]{40}$/i.test(ref)) {
    const commit = ref.toLowerCase();
    if (await commitIsThere({ ...remote, ref: commit }, commit)) return commit;
    throw new Failure({
      code: 'source-unavailable',
      message: `${url} gives out no commit ${commit}`,
      remedy: `push it, or correct it; see what there is: git ls-remote ${url}`,
    });
  }
  // A branch wins over a tag of the same name, as with git pull; an annotated tag is taken at its commit.
  const whole = /^(?:HEAD$|refs\/)/.test(ref)
    ? [ref]
    : [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`];
  const names = whole.flatMap((name) => [`${name}^{}`, name]);
  const asked = await askRemote(remote, ['ls-remote', remote.url, ...names], 60_000);
  if (asked.exitCode !== 0) throw refusal(remote, asked.stderr);
  const found = Object.fromEntries(
    asked.stdout
      .split('\n')
      .map((line) => line.split('\t').toReversed() as [string, string])
      .filter(([, commit]) => commit),
  );
  const name = names.find((each) => found[each] !== undefined);
  if (name !== undefined) return found[name] as string;
  throw new Failure({
    code: 'source-unavailable',
    message: `${url} has no branch or tag ${ref}`,
    remedy: /^[0-9a-f]{4,}$/i.test(ref)
      ? `of a commit, give the whole hash, 40 digits: git rev-parse ${ref} in a clone prints it`
      : `see what there is: git ls-remote ${url}`,
  });
}

/**
 * Whether a commit can still be fetched: by its id, where the server gives out commits, else as part of a branch or tag.
 * @param ref the branch or tag that it once was on.
 * @throws Failure `source-unavailable` or `host-key-unknown` when the server cannot be asked.
 */
export async function commitIsThere(remote: RemoteRef, ref: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-commit-'));
  const git = (...args: string[]) => askRemote(remote, ['-C', folder, ...args], 300_000);
  try {
    await git('init', '--quiet', '--bare');
    // Trees and files stay where they are.
    const fetch = ['fetch', '--quiet', '--filter=tree:0', '--no-tags', remote.url];
    if ((await git(...fetch, '--depth=1', remote.ref)).exitCode === 0) return true;
    const { exitCode, stderr } = await git(...fetch, ref);
    if (exitCode === 0) return (await git('cat-file', '-e', `${remote.ref}^{commit}`)).exitCode === 0;
    if (/couldn't find remote ref|no such remote ref|not our ref|unadvertised object/i.test(stderr))
      return false;
    throw refusal(remote, stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const askRemote = (remote: RemoteRef, args: readonly string[], timeoutMs: number): Promise<Finished> =>
  tryRun({
    file: 'git',
    args,
    env: { ...hostEnvironment(), GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', GIT_SSH_COMMAND: sshCommand(remote) },
    timeoutMs,
  });

/** git starts this through a shell, so paths are quoted. */
function sshCommand({ sshKey, knownHosts }: RemoteRef): string {
  return [
    'ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20',
    // The same is fetched in a container later, which does not have those of this machine.
    '-o GlobalKnownHostsFile=/dev/null',
    // An agent may hold that key without its passphrase, and a container has none.
    ...(sshKey === undefined
      ? []
      : [`-o IdentitiesOnly=yes -o IdentityAgent=none -i ${quoteForShell(sshKey)}`]),
    // ssh itself splits the value of this option at blanks, so it is quoted twice.
    ...(knownHosts === undefined ? [] : [`-o UserKnownHostsFile=${quoteForShell(`"${knownHosts}"`)}`]),
  ].join(' ');
}

function refusal({ sshKey, ...remote }: RemoteRef, stderr: string): Failure {
  const url = maskLogins(remote.url);
  // What git adds to every refusal says nothing about this one.
  const said = maskLogins(stderr)
    .split('\n')
    .filter((line) => !/^$|^Please make sure|^and the repository exists/.test(line));
  if (/host key verification failed/i.test(stderr)) {
    const changed = /REMOTE HOST IDENTIFICATION HAS CHANGED/i.test(stderr);
    return new Failure({
      code: 'host-key-unknown',
      message: `SSH ${changed ? 'finds another host key than it knows' : 'knows no host key'} for ${url}`,
      remedy:
        'compare the key that the server shows (ssh-keyscan HOST) with the one that its owner publishes, then add it to the file that --known-hosts names',
    });
  }
  return new Failure({
    code: 'source-unavailable',
    message: `${url} cannot be asked: ${said.slice(-2).join(' ')}`,
    remedy:
      sshKey === undefined
        ? `check that it may be read with the key that --ssh-key names: git ls-remote ${url}`
        : `GIT_SSH_COMMAND=${quoteForShell(`ssh -i ${quoteForShell(sshKey)} -o IdentitiesOnly=yes`)} git ls-remote ${url} shows whether that key may read it`,
  });
}
