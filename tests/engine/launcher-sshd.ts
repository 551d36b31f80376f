import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@slipway/effects';
import { expect } from 'vitest';
import { listens } from './git-server.ts';
import type { LauncherWorkspace } from './launcher-workspace.ts';

/** A real sshd in a container of a workspace's image, which gives out git repositories to one key. */
export interface GitServer {
  /** URL of a repository. */
  url(name: string): string;
  /** Path of the private key that may in. */
  key: string;
  /** Path of a known_hosts file with the server's key, and of one with another key for the same server. */
  knownHosts: string;
  wrongHosts: string;
  /** Puts files into a repository as a commit of a branch that begins anew. @returns the commit. */
  commit(name: string, files: Record<string, string>, branch?: string): Promise<string>;
  dispose(): Promise<void>;
}

/** @param workspace its image must hold git and openssh-server. */
export async function gitServer(workspace: LauncherWorkspace): Promise<GitServer> {
  const folder = workspace.path('ssh');
  const at = (name: string) => join(folder, name);
  mkdirSync(at('git'), { recursive: true });
  for (const name of ['id', 'host', 'other']) {
    await run({ file: 'ssh-keygen', args: ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', at(name)] });
  }
  writeFileSync(at('authorized_keys'), readFileSync(at('id.pub')));
  chmodSync(at('authorized_keys'), 0o600);
  const started = await workspace.docker(
    ...[
      'run',
      '--detach',
      '--volume',
      `${folder}:/ssh:ro`,
      '--volume',
      `${at('git')}:/srv/git`,
      workspace.image,
    ],
    ...[
      'sh',
      '-c',
      'mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e -h /ssh/host -o AuthorizedKeysFile=/ssh/authorized_keys -o StrictModes=no',
    ],
  );
  expect(started.exitCode, started.stderr).toBe(0);
  const container = started.stdout.trim();
  const dispose = async () => void (await workspace.docker('rm', '--force', container));
  try {
    await listens(workspace, container);
  } catch (error) {
    await dispose();
    throw error;
  }
  const { stdout: address } = await workspace.docker(
    ...['inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', container],
  );
  const known = (name: string) => `${address} ${readFileSync(at(`${name}.pub`), 'utf8')}`;
  writeFileSync(at('known_hosts'), known('host'));
  writeFileSync(at('wrong_hosts'), known('other'));
  return {
    url: (name) => `ssh://root@${address}/srv/git/${name}.git`,
    key: at('id'),
    knownHosts: at('known_hosts'),
    wrongHosts: at('wrong_hosts'),
    async commit(name, files, branch = 'main') {
      const bare = at(`git/${name}.git`);
      const tree = at(`tree-${name}`);
      const git = async (...args: string[]) =>
        (await run({ file: 'git', args: ['-C', tree, ...args] })).stdout.trim();
      await run({ file: 'git', args: ['init', '--quiet', '--bare', `--initial-branch=${branch}`, bare] });
      mkdirSync(tree, { recursive: true });
      await git('init', '--quiet', `--initial-branch=${branch}`);
      for (const [path, text] of Object.entries(files)) writeFileSync(join(tree, path), text);
      await git('add', '--all');
      const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
      await git(...author, 'commit', '--quiet', '--message', 'feat: change');
      await git('push', '--quiet', '--force', bare, `HEAD:refs/heads/${branch}`);
      return await git('rev-parse', 'HEAD');
    },
    dispose,
  };
}
