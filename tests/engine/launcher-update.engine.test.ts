import { chownSync, rmSync } from 'node:fs';
import { run } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GitServer, gitServer } from './launcher-sshd.ts';
import { type LauncherWorkspace, launcherWorkspace } from './launcher-workspace.ts';

/** Newer code than the image's, from a private repository behind a real sshd. */
describe('code that is brought in before training', () => {
  let workspace: LauncherWorkspace;
  let server: GitServer;
  const program = (says: string) => ({ 'train.sh': `echo ${says}\n` });
  const flags = (...more: string[]) => ['--ssh-key', server.key, '--known-hosts', server.knownHosts, ...more];
  const update = (ref = 'main') => ['--update', `application=${server.url('app')}#${ref}`];

  beforeAll(async () => {
    workspace = await launcherWorkspace({
      prepare: ({ edit }) =>
        edit('dockerfiles/base.Dockerfile', (text) =>
          text.replace(
            'WORKDIR /app',
            'RUN apt-get -o Acquire::Retries=5 update && apt-get -o Acquire::Retries=5 install --yes --no-install-recommends git openssh-client openssh-server && rm -f /etc/ssh/ssh_host_*\nWORKDIR /app',
          ),
        ),
    });
    await workspace.docker('pull', '--quiet', workspace.image);
    server = await gitServer(workspace);
  });
  afterAll(async () => {
    await server?.dispose();
    workspace?.dispose();
  });

  it('is resolved to a commit, fetched in the container, run and recorded', async () => {
    const commit = await server.commit('app', program('newer'));
    const plan = await workspace.slipway('plan', ...flags(...update()));
    expect(plan.exitCode, plan.stderr).toBe(0);
    const updates = [{ name: 'quick', path: '/app/quick', url: server.url('app'), ref: 'main', commit }];
    expect(JSON.parse(plan.stdout)).toMatchObject({ updates });
    const { exitCode, stdout, stderr } = await workspace.slipway('run', ...flags(...update()));
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toBe(
      `--- Updating Code: /app/quick to main at ${commit} ---\n--- Starting Training ---\nnewer`,
    );
    expect(await workspace.lastRun()).toMatchObject({ outcome: 'finished', plan: { updates } });
    // By default it is the code of the image.
    expect((await workspace.slipway('run')).stdout).toBe('training\nfinished');
  });

  it('is the commit alone: what else the image has of it is gone', async () => {
    const list = ['--', 'sh', '-c', 'cd /app/quick && ls -A'];
    const before = await workspace.slipway('run', ...list);
    expect(before.stdout).toContain('pyproject.toml');
    await server.commit('app', program('alone'));
    const after = await workspace.slipway('run', ...flags(...update(), ...list));
    expect(after.exitCode, after.stderr).toBe(0);
    expect(after.stdout.split('--- Starting Training ---\n')[1]).toBe('.git\ntrain.sh');
  });

  it('not with a key that has a passphrase, which nobody could type in the container', async () => {
    const key = workspace.path('locked');
    await run({ file: 'ssh-keygen', args: ['-q', '-t', 'ed25519', '-N', 'planted', '-f', key] });
    const { exitCode, stderr } = await workspace.slipway(
      ...['plan', '--ssh-key', key, '--known-hosts', server.knownHosts, ...update()],
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`error[key-unsafe] the SSH key ${key} has a passphrase`);
    expect(stderr).toContain(`fix: GIT_SSH_COMMAND='ssh -i ${key} -o IdentitiesOnly=yes' git ls-remote `);
  });

  it('is the same commit when the run is done again, though the branch went on', async () => {
    const before = await server.commit('app', program('first'));
    expect((await workspace.slipway('run', ...flags(...update()))).stdout).toContain('first');
    const { id } = await workspace.lastRun();
    await server.commit('app', program('second'));
    const again = await workspace.slipway('rerun', id);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stdout).toContain(`main at ${before}`);
    expect(again.stdout).toContain('first');
    expect((await workspace.slipway('run', ...flags(...update()))).stdout).toContain('second');
    // Gone for good: the server forgot it.
    const planned = await workspace.slipway('plan', ...flags(...update()));
    workspace.write('saved.json', planned.stdout);
    rmSync(workspace.path('ssh/git/app.git'), { recursive: true });
    rmSync(workspace.path('ssh/tree-app'), { recursive: true });
    await server.commit('app', program('third'));
    const gone = await workspace.slipway('rerun', id);
    expect(gone.exitCode).toBe(1);
    expect(gone.stderr).toContain(
      `error[rerun-impossible] ${server.url('app')} does not give out commit ${before}`,
    );
    const saved = await workspace.slipway('run', '--plan', 'saved.json');
    expect(saved.exitCode).toBe(1);
    expect(saved.stderr).toContain(`error[plan-outdated] ${server.url('app')} does not give out commit `);
  });

  it("with a key that is another user's: copied inside with the owner and mode that ssh insists on", async () => {
    await server.commit('app', program('$(stat -c %u:%a /tmp/tmp.*/id)'));
    chownSync(server.key, 1234, 1234);
    try {
      const { exitCode, stdout, stderr } = await workspace.slipway('run', ...flags(...update()));
      expect(exitCode, stderr).toBe(0);
      expect(stdout.split('\n').at(-1)).toBe('0:600');
      // On the host it is as it was.
      const { stdout: owner } = await run({ file: 'stat', args: ['-c', '%u:%a', server.key] });
      expect(owner.trim()).toBe('1234:600');
    } finally {
      chownSync(server.key, 0, 0);
    }
  });

  it('over SSH only with a key: the container has neither the keys nor the agent of whoever calls', async () => {
    const commit = await server.commit('app', program('unreachable'));
    const { exitCode, stderr } = await workspace.slipway('run', ...update(commit));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('error[secret-missing] quick is to be brought in over SSH from');
    expect(stderr).toContain('--ssh-key FILE');
  });

  it.each([
    [
      'a branch that is not there',
      () => flags(...update('nowhere')),
      'source-unavailable',
      'has no branch or tag nowhere',
    ],
    [
      'a commit that no server has',
      () => flags(...update('c'.repeat(40))),
      'source-unavailable',
      `gives out no commit ${'c'.repeat(40)}`,
    ],
    [
      'a path that the container does not see',
      () => ['--update', `application=${workspace.path('ssh/git/app.git')}#HEAD`],
      'source-unavailable',
      'a path of this host, which the container does not see',
    ],
    [
      'a host key that nobody knows',
      () => ['--ssh-key', server.key, '--known-hosts', workspace.path('ssh/id.pub'), ...update()],
      'host-key-unknown',
      'SSH knows no host key',
    ],
    [
      'another host key than the known one',
      () => ['--ssh-key', server.key, '--known-hosts', server.wrongHosts, ...update()],
      'host-key-unknown',
      'SSH finds another host key than it knows',
    ],
    [
      'a key that may not in',
      () => ['--ssh-key', workspace.path('ssh/other'), '--known-hosts', server.knownHosts, ...update()],
      'source-unavailable',
      'Permission denied',
    ],
    [
      'a tree that the image does not have',
      () => flags('--update', 'ibrida'),
      'usage',
      'no tree of that name',
    ],
    [
      'a tree that nobody says where it comes from',
      () => flags('--update', 'application'),
      'source-unavailable',
      'nobody says',
    ],
  ])('not from %s', async (_what, args, code, message) => {
    const { stderr } = await workspace.slipway('plan', ...args());
    expect(stderr).toContain(`error[${code}] `);
    expect(stderr).toContain(message);
  });
});
