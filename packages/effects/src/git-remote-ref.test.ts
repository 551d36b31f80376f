import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitIsThere, resolveRemoteRef } from './git-remote-ref.ts';
import { run } from './process.ts';

describe('a ref of a git repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-refs-'));
  const git = async (...args: string[]) => {
    const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
    return (await run({ file: 'git', args: ['-C', folder, ...author, ...args] })).stdout.trim();
  };
  const commits: string[] = [];
  beforeAll(async () => {
    await git('init', '--quiet', '--initial-branch=main');
    for (const text of ['one', 'two']) {
      writeFileSync(join(folder, 'file'), text);
      await git('add', 'file');
      await git('commit', '--quiet', '--message', text);
      commits.push(await git('rev-parse', 'HEAD'));
      if (text === 'one') await git('tag', '--annotate', 'v1', '--message', 'v1');
    }
    await git('branch', 'feature/x', commits[0] ?? '');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['main', 1],
    ['feature/x', 0],
    ['v1', 0],
    ['refs/heads/feature/x', 0],
    ['refs/tags/v1', 0],
    ['tags/v1', 0],
    ['HEAD', 1],
  ])('%s is its commit, of an annotated tag that of the tag', async (ref, index) => {
    expect(await resolveRemoteRef({ url: folder, ref })).toBe(commits[index]);
  });

  it('a commit is itself, and is there or not', async () => {
    const [first = ''] = commits;
    expect(await resolveRemoteRef({ url: folder, ref: first })).toBe(first);
    expect(await commitIsThere({ url: folder, ref: first }, 'main')).toBe(true);
    expect(await commitIsThere({ url: folder, ref: 'c'.repeat(40) }, 'main')).toBe(false);
    expect(await commitIsThere({ url: folder, ref: 'c'.repeat(40) }, 'gone')).toBe(false);
    expect(await resolveRemoteRef({ url: folder, ref: first.toUpperCase() })).toBe(first);
    await expect(resolveRemoteRef({ url: folder, ref: 'c'.repeat(40) })).rejects.toThrow(
      `error[source-unavailable] ${folder} gives out no commit ${'c'.repeat(40)}\n  fix: push it, or correct it`,
    );
  });

  it.each([`/no/such/repository`, 'ssh://git@127.0.0.1:1/a.git'])(
    'says nothing of a commit when %s cannot be asked',
    async (url) => {
      await expect(commitIsThere({ url, ref: 'c'.repeat(40) }, 'main')).rejects.toThrow(
        /error\[source-unavailable\] \S+ cannot be asked: /,
      );
    },
  );

  it('repeats no log-in of a URL', async () => {
    const asked = resolveRemoteRef({ url: 'http://127.0.0.1:1/x.git?private_token=SEKRETq', ref: 'main' });
    await expect(asked).rejects.toThrow('http://127.0.0.1:1/x.git?private_token=*** cannot be asked: ');
    await expect(asked).rejects.not.toThrow('SEKRETq');
  });

  it('is asked for with the host keys that a container gets, and no others of this machine', async () => {
    const programs = mkdtempSync(join(tmpdir(), 'slipway-ssh-'));
    const before = process.env.PATH;
    writeFileSync(join(programs, 'ssh'), `#!/bin/sh\necho "$@" > ${programs}/asked\nexit 1\n`);
    chmodSync(join(programs, 'ssh'), 0o755);
    process.env.PATH = `${programs}:${before}`;
    try {
      await expect(resolveRemoteRef({ url: 'git@h:a.git', ref: 'main', knownHosts: '/k' })).rejects.toThrow(
        'fix: check that it may be read with the key that --ssh-key names: git ls-remote git@h:a.git',
      );
      const asked = () => readFileSync(join(programs, 'asked'), 'utf8');
      expect(asked()).toMatch(
        /StrictHostKeyChecking=yes .*-o GlobalKnownHostsFile=\/dev\/null .*-o UserKnownHostsFile="\/k"/,
      );
      expect(asked()).not.toContain('IdentityAgent');
      // Nor by an agent that holds the key without its passphrase.
      const withKey = resolveRemoteRef({ url: 'git@h:a.git', ref: 'main', sshKey: '/id' });
      await expect(withKey).rejects.toThrow(
        "fix: GIT_SSH_COMMAND='ssh -i /id -o IdentitiesOnly=yes' git ls-remote git@h:a.git",
      );
      expect(asked()).toContain('-o IdentitiesOnly=yes -o IdentityAgent=none -i /id');
    } finally {
      process.env.PATH = before;
      rmSync(programs, { recursive: true });
    }
  });

  it('that is not there, or in a repository that is not there', async () => {
    await expect(resolveRemoteRef({ url: folder, ref: 'ma' })).rejects.toThrow(
      `error[source-unavailable] ${folder} has no branch or tag ma\n  fix: see what there is: git ls-remote ${folder}`,
    );
    const short = commits[0]?.slice(0, 9);
    await expect(resolveRemoteRef({ url: folder, ref: short ?? '' })).rejects.toThrow(
      `has no branch or tag ${short}\n  fix: of a commit, give the whole hash, 40 digits: git rev-parse ${short}`,
    );
    await expect(resolveRemoteRef({ url: `${folder}/none`, ref: 'main' })).rejects.toThrow(
      /error\[source-unavailable\] \S+\/none cannot be asked: .*does not appear to be a git repository/,
    );
  });
});
