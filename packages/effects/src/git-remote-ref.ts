import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { hostEnvironment } from './git-tree.ts';
import { tryRun } from './process.ts';

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
 * The commit that a ref of a git repository is now, without fetching anything.
 * @throws Failure `source-unavailable` when the repository cannot be asked or has no such ref, `host-key-unknown`.
 */
export async function resolveRemoteRef(remote: RemoteRef): Promise<string> {
  const { url, ref } = remote;
  if (/^[0-9a-f]{40}$/.test(ref)) return ref;
  const patterns = [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/tags/${ref}^{}`];
  const asked = await tryRun({
    file: 'git',
    args: ['ls-remote', url, ...patterns],
    env: { ...hostEnvironment(), GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', GIT_SSH_COMMAND: sshCommand(remote) },
    timeoutMs: 60_000,
  });
  if (asked.exitCode !== 0) throw refusal(url, asked.stderr);
  const found = Object.fromEntries(
    asked.stdout
      .split('\n')
      .map((line) => line.split('\t').toReversed() as [string, string])
      .filter(([, commit]) => commit),
  );
  // A branch wins over a tag of the same name, as with git pull; an annotated tag is taken at its commit.
  const commit = found[`refs/heads/${ref}`] ?? found[`refs/tags/${ref}^{}`] ?? found[`refs/tags/${ref}`];
  if (commit !== undefined) return commit;
  throw new Failure({
    code: 'source-unavailable',
    message: `${url} has no branch or tag ${ref}`,
    remedy: `see what there is: git ls-remote ${url}`,
  });
}

/**
 * Whether a commit can still be fetched: by its id, where the server gives out commits, else as part of a branch or tag.
 * @param ref the branch or tag that it once was on.
 */
export async function commitIsThere(remote: RemoteRef, ref: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-commit-'));
  const git = (...args: string[]) =>
    tryRun({
      file: 'git',
      args: ['-C', folder, ...args],
      env: {
        ...hostEnvironment(),
        GIT_TERMINAL_PROMPT: '0',
        LC_ALL: 'C',
        GIT_SSH_COMMAND: sshCommand(remote),
      },
      timeoutMs: 300_000,
    });
  try {
    await git('init', '--quiet', '--bare');
    // Trees and files stay where they are.
    const fetch = ['fetch', '--quiet', '--filter=tree:0', '--no-tags', remote.url];
    if ((await git(...fetch, '--depth=1', remote.ref)).exitCode === 0) return true;
    if ((await git(...fetch, ref)).exitCode !== 0) return false;
    return (await git('cat-file', '-e', `${remote.ref}^{commit}`)).exitCode === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** git starts this through a shell, so paths are quoted. */
function sshCommand({ sshKey, knownHosts }: RemoteRef): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return [
    'ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20',
    // The same is fetched in a container later, which does not have those of this machine.
    '-o GlobalKnownHostsFile=/dev/null',
    ...(sshKey === undefined ? [] : [`-o IdentitiesOnly=yes -i ${quoted(sshKey)}`]),
    // ssh itself splits the value of this option at blanks, so it is quoted twice.
    ...(knownHosts === undefined ? [] : [`-o UserKnownHostsFile=${quoted(`"${knownHosts}"`)}`]),
  ].join(' ');
}

function refusal(url: string, stderr: string): Failure {
  // What git adds to every refusal says nothing about this one.
  const said = stderr
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
    remedy: `check that it may be read with the key that --ssh-key names: git ls-remote ${url}`,
  });
}
