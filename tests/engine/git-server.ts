import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readMachine, run } from '@slipway/effects';
import { expect } from 'vitest';
import type { ThrowawayWorkspace } from './throwaway-workspace.ts';

/** Git repositories that are served as a company does it: by SSH to whoever has the key, and by git's own daemon. */
export interface GitServer {
  /** Folder of this machine whose repositories it serves. */
  folder: string;
  /** Addresses of a repository in it, such as `app.git`. */
  ssh(repository: string): string;
  daemon: string;
  sshPort: string;
  /** Of the private key that is let in: the key is nowhere but in the agent, this is to look for it. */
  privateKey: string;
  /** What has to be in a caller's environment: the agent that holds the key, and a file of known host keys. */
  environment: { SSH_AUTH_SOCK: string; GIT_SSH_COMMAND: string };
  /** Lets SSH know the host key, another one in its place, or none. */
  knowHost(key: 'right' | 'another' | 'none'): void;
  dispose(): Promise<void>;
}

const dockerfile = `ARG OS_IMAGE
FROM \${OS_IMAGE}
RUN apt-get -o Acquire::Retries=5 update \\
  && DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=5 install --yes --no-install-recommends openssh-server git \\
  && useradd --create-home --shell /usr/bin/git-shell --password '*' git \\
  && git config --system safe.directory '*' \\
  && rm -f /etc/ssh/ssh_host_*
`;

const start = `ssh-keygen -A
mkdir -p /run/sshd
git daemon --detach --export-all --base-path=/srv
exec /usr/sbin/sshd -D -e -o UsePAM=no -o PasswordAuthentication=no -o AuthorizedKeysFile=/authorized_keys`;

/**
 * Starts a real sshd and a git daemon in a container of the workspace's engine: nothing is installed on this machine, and
 * no user or setting of it is touched. SSH's own programs must be there, as for whoever fetches a source.
 */
export async function gitServer(workspace: ThrowawayWorkspace): Promise<GitServer> {
  const temporary = mkdtempSync(join(tmpdir(), 'slipway-git-server-'));
  const undo: (() => unknown)[] = [
    () => rmSync(temporary, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
  ];
  const dispose = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const { privateKey, socket, agent } = await keyInAgent(temporary);
    undo.push(() => agent.kill());
    const folder = join(temporary, 'srv');
    mkdirSync(folder);
    const image = await serverImage(workspace, temporary);
    undo.push(() => workspace.docker('image', 'rm', '--force', image));
    const volumes = [`--volume=${folder}:/srv:ro`, `--volume=${temporary}/key.pub:/authorized_keys:ro`];
    const ports = ['--publish=127.0.0.1::22', '--publish=127.0.0.1::9418'];
    const options = ['--detach', '--init', ...ports, ...volumes];
    const container = await docker(workspace, 'run', ...options, image, 'sh', '-ec', start);
    undo.push(() => workspace.docker('rm', '--force', '--volumes', container));
    const portOf = async (inside: string) => {
      const [first = ''] = (await docker(workspace, 'port', container, inside)).split('\n');
      return first.slice(first.lastIndexOf(':') + 1);
    };
    const sshPort = await portOf('22/tcp');
    const daemonPort = await portOf('9418/tcp');
    await listens(workspace, container);
    const hostKey = await docker(workspace, 'exec', container, 'cat', '/etc/ssh/ssh_host_ed25519_key.pub');
    const known = join(temporary, 'known_hosts');
    const knowHost: GitServer['knowHost'] = (key) => {
      const keys = {
        right: hostKey,
        another: readFileSync(join(temporary, 'key.pub'), 'utf8').trim(),
        none: '',
      };
      writeFileSync(known, keys[key] && `[127.0.0.1]:${sshPort} ${keys[key]}\n`);
    };
    knowHost('right');
    return {
      folder,
      ssh: (repository) => `ssh://git@127.0.0.1:${sshPort}/srv/${repository}`,
      daemon: `git://127.0.0.1:${daemonPort}/`,
      sshPort,
      privateKey,
      environment: {
        SSH_AUTH_SOCK: socket,
        GIT_SSH_COMMAND: `ssh -F /dev/null -o UserKnownHostsFile=${known} -o GlobalKnownHostsFile=/dev/null`,
      },
      knowHost,
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** A new key that only an agent has; of its files the public half stays. */
async function keyInAgent(folder: string) {
  const key = join(folder, 'key');
  await run({ file: 'ssh-keygen', args: ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', key] });
  const privateKey = readFileSync(key, 'utf8');
  const socket = join(folder, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    agent.once('error', reject);
    agent.stdout.once('data', resolve);
  });
  await run({ file: 'ssh-add', args: ['-q', key], env: { SSH_AUTH_SOCK: socket } });
  rmSync(key);
  return { privateKey, socket, agent };
}

async function serverImage(workspace: ThrowawayWorkspace, folder: string): Promise<string> {
  const image = `slipway-git-server:${randomBytes(4).toString('hex')}`;
  const { substitutes } = readMachine(workspace.root);
  const os = substitutes['ubuntu:24.04'] ?? 'ubuntu:24.04';
  const context = join(folder, 'context');
  mkdirSync(context);
  writeFileSync(join(context, 'Dockerfile'), dockerfile);
  const flags = ['--quiet', '--load', '--provenance=false', `--tag=${image}`, `--build-arg=OS_IMAGE=${os}`];
  await docker(workspace, 'buildx', 'build', ...flags, context);
  return image;
}

/** Waits until an sshd in a container takes calls. */
export async function listens(workspace: ThrowawayWorkspace, container: string): Promise<void> {
  const said = async () => (await workspace.docker('logs', container)).stderr;
  for (let tries = 0; !(await said()).includes('Server listening'); tries += 1) {
    if (tries === 150) throw new Error(`sshd does not start: ${await said()}`);
    await sleep(200);
  }
}

async function docker(workspace: ThrowawayWorkspace, ...args: string[]): Promise<string> {
  const done = await workspace.docker(...args);
  expect(done.exitCode, `${args.join(' ')}\n${done.stdout}${done.stderr}`).toBe(0);
  return done.stdout.trim();
}
