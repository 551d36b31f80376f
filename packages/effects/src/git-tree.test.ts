import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkoutSource } from './checkout.ts';
import { neutralTree, writeGitFolder } from './git-folder.ts';
import { publicUrl, readGit } from './git-tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-git-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const git = (at: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], {
    cwd: at,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
  }).trim();

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A bare repository with two commits on `main` and a tag on the first. */
function makeRemote(name: string): string {
  const remote = join(folder, `${name}.git`);
  const author = join(folder, `${name}-author`);
  git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
  git(folder, 'clone', '--quiet', remote, author);
  git(author, 'checkout', '--quiet', '-B', 'main');
  write(join(author, 'app/__init__.py'), 'marker = "first"\n');
  write(join(author, '.gitignore'), '*.key\n');
  git(author, 'add', '--all');
  git(author, 'commit', '--quiet', '--message', 'first');
  git(author, 'tag', 'v1');
  write(join(author, 'app/__init__.py'), `marker = "second"\n${'# a long file\n'.repeat(500)}`);
  write(join(author, 'app/copy.py'), `marker = "copy"\n${'# a long file\n'.repeat(500)}`);
  write(join(author, 'run.sh'), '#!/bin/sh\n');
  chmodSync(join(author, 'run.sh'), 0o755);
  symlinkSync('run.sh', join(author, 'link.sh'));
  git(author, 'add', '--all');
  git(author, 'commit', '--quiet', '--message', 'second');
  git(author, 'push', '--quiet', '--tags', 'origin', 'main');
  return remote;
}

const remote = makeRemote('remote');
const clone = (name: string) => {
  git(folder, 'clone', '--quiet', remote, join(folder, name));
  return join(folder, name);
};

/** Every file of a folder with its mode and content. */
function contents(root: string): Record<string, string> {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    paths.map((path) => {
      const status = statSync(join(root, path));
      const mode = (status.mode & 0o777).toString(8);
      return [path, status.isFile() ? `${mode} ${readFileSync(join(root, path), 'base64')}` : mode];
    }),
  );
}

it.each([
  ['https://github.com/team/app.git', 'https://github.com/team/app.git'],
  ['https://someone@github.com/team/app.git', 'https://github.com/team/app.git'],
  ['https://someone:ghp_token@github.com/team/app.git', 'https://github.com/team/app.git'],
  ['https://x-access-token:gh@p@github.com:8443/team/app', 'https://github.com:8443/team/app'],
  ['HTTP://token@host/a@b.git', 'HTTP://host/a@b.git'],
  ['https://host/app.git?private_token=abc#x', 'https://host/app.git'],
  ['ftps://someone:secret@host/app.git', 'ftps://host/app.git'],
  ['git@github.com:team/app.git', 'git@github.com:team/app.git'],
  ['ssh://git@github.com:22/team/app.git', 'ssh://git@github.com:22/team/app.git'],
  ['ssh://git:secret@github.com/team/app.git', 'ssh://git@github.com/team/app.git'],
  ['ssh://host/app.git', 'ssh://host/app.git'],
  ['file:///srv/app.git', 'file:///srv/app.git'],
  ['/srv/app.git', '/srv/app.git'],
  ['ext::sh -c "connect secret"', null],
  ['', null],
  [null, null],
])('%s is public as %s', (url, expected) => {
  expect(publicUrl(url)).toBe(expected);
});

describe('where a folder stands', () => {
  it('is its commit, branch and remote', async () => {
    const at = clone('facts');
    git(at, 'remote', 'set-url', 'origin', 'https://someone:token@example.org/team/app.git');
    const facts = {
      commit: git(at, 'rev-parse', 'HEAD'),
      branch: 'main',
      origin: 'https://example.org/team/app.git',
      top: true,
      dirty: false,
      unpushed: false,
    };
    expect(await readGit(at)).toEqual(facts);
    write(join(at, 'ignored.key'), 'x');
    expect(await readGit(at)).toEqual(facts);
    write(join(at, 'new.py'), '');
    expect(await readGit(at)).toEqual({ ...facts, dirty: true });
    git(at, 'add', '--all');
    git(at, 'commit', '--quiet', '--message', 'third');
    const commit = git(at, 'rev-parse', 'HEAD');
    expect(await readGit(at)).toEqual({ ...facts, commit, unpushed: true });
    git(at, 'checkout', '--quiet', '-b', 'topic/one', 'v1');
    write(join(at, 'app/__init__.py'), '');
    const first = git(at, 'rev-parse', 'v1');
    expect(await readGit(at)).toEqual({ ...facts, commit: first, branch: 'topic/one', dirty: true });
  });

  it('has the default branch where HEAD is on none, and the only remote there is', async () => {
    const at = clone('detached');
    git(at, 'checkout', '--quiet', '--detach');
    git(at, 'remote', 'rename', 'origin', 'upstream');
    expect(await readGit(at)).toMatchObject({ branch: 'main', origin: remote, unpushed: false });
    git(at, 'remote', 'remove', 'upstream');
    expect(await readGit(at)).toMatchObject({ origin: null, unpushed: true });
  });

  it('is told of one folder in a repository, by what is in that folder', async () => {
    const at = clone('below');
    write(join(at, 'elsewhere.py'), '');
    expect(await readGit(join(at, 'app'))).toMatchObject({ top: false, dirty: false });
    write(join(at, 'app/new.py'), '');
    expect(await readGit(join(at, 'app'))).toMatchObject({ top: false, dirty: true });
  });

  it('is null outside git and before the first commit', async () => {
    const plain = join(folder, 'plain');
    mkdirSync(plain);
    expect(await readGit(plain)).toBeNull();
    git(plain, 'init', '--quiet');
    expect(await readGit(plain)).toBeNull();
  });

  it('is not asked of the repository that a hook runs in', async () => {
    const at = clone('hooked');
    process.env.GIT_DIR = join(folder, 'elsewhere');
    try {
      expect((await readGit(at))?.branch).toBe('main');
    } finally {
      delete process.env.GIT_DIR;
    }
  });
});

it.each([
  ['main', 'main', 'second'],
  ['refs/heads/main', 'main', 'second'],
  ['v1', null, 'first'],
])('checks %s out, which is the branch %s', async (ref, branch, marker) => {
  const at = join(folder, `checkout-${ref.replaceAll('/', '-')}`);
  const found = await checkoutSource({ url: remote, ref }, at);
  expect(found).toEqual({ commit: git(at, 'rev-parse', 'HEAD'), branch });
  expect(readFileSync(join(at, 'app/__init__.py'), 'utf8')).toContain(marker);
});

describe('the .git of a laid out tree', () => {
  const origin = 'https://example.org/team/app.git';
  const layOut = async (repository: string, name: string, neutral: Record<string, string> = {}) => {
    const tree = join(folder, name);
    mkdirSync(tree);
    const commit = git(repository, 'rev-parse', 'HEAD');
    // As the context does: the files of the commit, and the `.git` besides.
    execFileSync('sh', ['-c', 'git -C "$1" archive HEAD | tar -x -C "$2"', '-', repository, tree]);
    const checkout = { commit, branch: 'main', origin };
    for (const part of ['tree', 'commit'] as const) {
      await writeGitFolder(repository, checkout, neutral, part, tree);
    }
    return tree;
  };

  it('is the same however the repository is packed, set up and masked', async () => {
    const loose = clone('loose');
    expect(readdirSync(join(loose, '.git/objects/pack'))).toEqual([]);
    const packed = clone('packed');
    git(packed, 'gc', '--quiet', '--aggressive');
    const shallow = join(folder, 'shallow');
    await checkoutSource({ url: `file://${remote}`, ref: 'main' }, shallow);
    const odd = clone('odd "name"');
    appendFileSync(
      join(odd, '.git/config'),
      '[index]\n\tversion = 4\n\tthreads = 8\n[pack]\n\twindow = 50\n\tcompression = 1\n[core]\n\tcompression = 0\n',
    );
    const first = contents(join(await layOut(loose, 'from-loose'), '.git'));
    expect(Object.keys(first).filter((path) => path.endsWith('.pack'))).toHaveLength(2);
    const before = process.umask(0o077);
    try {
      for (const [index, each] of [packed, shallow, odd, loose].entries()) {
        expect(contents(join(await layOut(each, `from-${index}`), '.git'))).toEqual(first);
      }
    } finally {
      process.umask(before);
    }
  });

  it('holds one commit and nothing of the settings of its repository', async () => {
    const at = clone('planted');
    git(at, 'config', 'http.extraheader', 'Authorization: basic planted');
    git(at, 'config', 'credential.helper', 'store --file=planted');
    write(join(at, '.git/hooks/post-checkout'), '#!/bin/sh\necho planted\n');
    const tree = await layOut(at, 'laid-out');
    expect(readFileSync(join(tree, '.git/config'), 'utf8')).toBe(
      `[core]
	repositoryformatversion = 0
	filemode = true
	bare = false
	logallrefupdates = true
[remote "origin"]
	url = "https://example.org/team/app.git"
	fetch = +refs/heads/*:refs/remotes/origin/*
[branch "main"]
	remote = origin
	merge = "refs/heads/main"
`,
    );
    expect(Object.keys(contents(join(tree, '.git'))).filter((path) => !path.includes('pack-'))).toEqual(
      [
        ...['HEAD', 'config', 'index', 'info', 'info/exclude', 'objects', 'objects/pack', 'refs'],
        ...['refs/heads', 'refs/heads/main', 'refs/remotes', 'refs/remotes/origin'],
        ...['refs/remotes/origin/main', 'shallow'],
      ].sort(),
    );
    expect(git(tree, 'log', '--format=%s')).toBe('second');
    expect(git(tree, 'fsck', '--full', '--strict')).toBe('');
    mkdirSync(join(tree, 'app/app.egg-info'));
    write(join(tree, 'app/app.egg-info/PKG-INFO'), '');
    expect(git(tree, 'status', '--short', '--branch')).toBe('## main...origin/main');
    const objects = git(tree, 'cat-file', '--batch-all-objects', '--batch-check=%(objecttype) %(rest)');
    // Three files, a script and a link, in two folders.
    expect(
      objects
        .split('\n')
        .map((line) => line.trim())
        .sort(),
    ).toEqual([...['blob', 'blob', 'blob', 'blob', 'blob', 'commit', 'tree', 'tree']]);
    git(tree, 'remote', 'set-url', 'origin', `file://${remote}`);
    git(tree, 'fetch', '--quiet', 'origin', 'v1');
    git(tree, 'checkout', '--quiet', 'FETCH_HEAD');
    expect(readFileSync(join(tree, 'app/__init__.py'), 'utf8')).toBe('marker = "first"\n');
  });

  it('leaves the folder of a submodule empty', async () => {
    const at = clone('with-submodule');
    git(at, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', remote, 'deep/sub');
    git(at, 'commit', '--quiet', '--message', 'a submodule');
    const tree = await layOut(at, 'laid-out-submodule');
    expect(readdirSync(join(tree, 'deep/sub'))).toEqual([]);
    expect(git(tree, 'status', '--porcelain')).toBe('');
  });

  it('is refused when the commit is gone', async () => {
    const checkout = { commit: '1'.repeat(40), branch: 'main', origin };
    const tree = join(folder, 'gone');
    mkdirSync(tree);
    const left = clone('left');
    await expect(writeGitFolder(left, checkout, {}, 'tree', tree)).rejects.toThrow('error[plan-outdated]');
  });

  it('shares all but a few bytes with that of a commit that differs in neutral files only', async () => {
    const at = clone('released');
    write(join(at, 'deep/version.txt'), '1\n');
    const neutral = { 'deep/version.txt': '0\n', 'CHANGELOG.md': '' };
    const parts = async (name: string, message: string) => {
      git(at, 'add', '--all');
      git(at, 'commit', '--quiet', '--message', message);
      const commit = git(at, 'rev-parse', 'HEAD');
      const made = { tree: join(folder, name, 'tree'), commit: join(folder, name, 'commit') };
      for (const part of ['tree', 'commit'] as const) {
        mkdirSync(made[part], { recursive: true });
        await writeGitFolder(at, { commit, branch: 'main', origin }, neutral, part, made[part]);
      }
      return { ...made, id: await neutralTree(at, commit, neutral) };
    };
    const first = await parts('release-1', 'one');
    write(join(at, 'deep/version.txt'), '2\n');
    const second = await parts('release-2', 'two');
    expect(second.id).toBe(first.id);
    expect(contents(second.tree)).toEqual(contents(first.tree));
    expect(contents(second.commit)).not.toEqual(contents(first.commit));
    expect(await neutralTree(at, git(at, 'rev-parse', 'HEAD'), {})).not.toBe(first.id);
    const whole = await layOut(at, 'release-whole', neutral);
    expect(git(whole, 'fsck', '--full', '--strict')).toBe('');
    expect(git(whole, 'status', '--short', '--branch')).toBe('## main...origin/main');
  });
});
