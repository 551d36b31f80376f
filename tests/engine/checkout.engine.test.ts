import { readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import { run } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plansIn } from './plans-in.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

const origin = 'https://example.invalid/team/app.git';
const secrets = {
  token: 'token-in-the-url-7c1f',
  header: 'token-in-a-header-93ab',
  ignored: 'ignored-private-key-5d20',
  untracked: 'untracked-private-key-e48c',
};
const privateKey = (body: string) =>
  `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`;

const pyproject = `[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "app"
version = "0.1.0"
requires-python = ">=3.12"
dependencies = []
`;

/** An application in a repository of its own, on a real engine and registry: what its image has of that repository. */
describe('a source tree that is a git checkout', () => {
  let workspace: ThrowawayWorkspace;
  let remote: string;
  let image: string;
  const git = async (at: string, ...args: string[]) => {
    const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
    return (await run({ file: 'git', args: [...author, ...args], cwd: workspace.path(at) })).stdout;
  };
  const inImage = (script: string, ...options: string[]) =>
    workspace.docker('run', '--rm', ...options, image, 'bash', '-ec', script);

  beforeAll(async () => {
    workspace = await throwawayWorkspace();
    remote = workspace.path('.slipway/remote.git');
    await git('.', 'init', '--quiet', '--bare', '--initial-branch=main', remote);
    await git('.', 'clone', '--quiet', remote, '.slipway/author');
    await git('.slipway/author', 'checkout', '--quiet', '-B', 'main');
    workspace.write('.slipway/author/pyproject.toml', pyproject);
    workspace.write('.slipway/author/.gitignore', '*.key\n');
    workspace.write('.slipway/author/app/__init__.py', 'marker = "before"\n');
    await publishCommit('the beginning');

    await git('.', 'clone', '--quiet', remote, 'application');
    await git(
      'application',
      'remote',
      'set-url',
      'origin',
      origin.replace('//', `//someone:${secrets.token}@`),
    );
    await git('application', 'config', 'http.extraheader', `Authorization: basic ${secrets.header}`);
    workspace.write('application/deploy.key', privateKey(secrets.ignored));
    // A companion of the workspace's own repository stays plain files.
    workspace.write('notes/notes.txt', 'not a package, and no repository\n');
    workspace.edit('slipway.toml', (text) =>
      text
        .replace('name = "digits"', 'name = "app"')
        .replace('source = "examples/digits"', 'source = "application"')
        .replace('path = "/app/digits"', 'path = "/app/app"')
        .replace(
          '[repositories]',
          '[[application.companion]]\nname = "notes"\nsource = "notes"\npath = "/app/notes"\n\n[repositories]',
        ),
    );
    const locked = await workspace.nx('run', 'base-cpu:lock');
    expect(locked.exitCode, locked.stdout + locked.stderr).toBe(0);
    const base = await workspace.nx('run', 'base-cpu:build-image');
    expect(base.exitCode, base.stdout + base.stderr).toBe(0);
  });
  afterAll(() => workspace?.dispose());

  const publishCommit = async (message: string) => {
    await git('.slipway/author', 'add', '--all');
    await git('.slipway/author', 'commit', '--quiet', '--message', message);
    await git('.slipway/author', 'push', '--quiet', 'origin', 'main');
    return git('.slipway/author', 'rev-parse', 'HEAD');
  };

  it('with a private key in it is refused before anything is built', async () => {
    workspace.write('application/deploy_key', privateKey(secrets.untracked));
    const refused = await workspace.nx('run', 'runtime-cpu:build-image');
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout + refused.stderr).toMatch(/error\[secret-in-source\] \S*application\/deploy_key: /);
    expect(refused.stdout + refused.stderr).toContain('add it to .gitignore');
    expect(await workspace.tags('runtime')).toEqual([]);
    await git('application', 'clean', '--quiet', '--force', 'deploy_key');
  });

  it('is in the plan with its commit, branch and remote', async () => {
    const dry = await workspace.nx('run', 'runtime-cpu:build-image', '--dry-run');
    const plan = plansIn(dry.stdout).find(({ project }) => project === 'runtime-cpu');
    const commit = await git('application', 'rev-parse', 'HEAD');
    expect(plan?.sources).toMatchObject([
      { folder: 'application', path: '/app/app' },
      { folder: 'notes', path: '/app/notes', git: { top: false } },
    ]);
    // As a whole: nothing else of the repository is in the plan.
    const whole = { commit, branch: 'main', origin, top: true, dirty: false, unpushed: false };
    expect(plan?.sources?.[0]?.git).toEqual(whole);
    expect(dry.stdout).not.toContain(secrets.token);
  });

  it('is published as one: clean, at its commit, whoever looks at it', async () => {
    const published = await workspace.nx(
      'run',
      'runtime-image:publish',
      '--architectures=cpu',
      '--as=v0.3.0',
    );
    expect(published.exitCode, published.stdout + published.stderr).toBe(0);
    image = `${workspace.registry}/${workspace.repositories.runtime}:cpu-v0.3.0`;
    const looks = 'cd /app/app; git status --short --branch; git log --format=%H; git remote get-url origin';
    const expected = `## main...origin/main\n${await git('application', 'rev-parse', 'HEAD')}\n${origin}`;
    for (const user of ['0:0', '1234:1234']) {
      const looked = await inImage(looks, '--user', user);
      expect(looked.stdout, looked.stderr).toBe(expected);
    }
    const whole = await inImage('git -C /app/app fsck --full --strict; ls -A /app/notes');
    expect(whole.stdout, whole.stderr).toBe('notes.txt');
  });

  it('is brought to another commit by git pull, and that is what python imports', async () => {
    workspace.write('.slipway/author/app/__init__.py', 'from app.more import marker\n');
    workspace.write('.slipway/author/app/more.py', 'marker = "after"\n');
    const commit = await publishCommit('what comes next');
    const imports = `python -c 'import app; print(app.__file__, app.marker)'`;
    const pulled = await inImage(
      [
        // The remote is on this machine here; its name in the image is the one that everyone has.
        `git config --global url.file:///remote.git.insteadOf ${origin}`,
        'git config --global --add safe.directory /remote.git',
        `cd / && ${imports}`,
        'cd /app/app && git pull --quiet origin main',
        'git rev-parse HEAD && git status --short',
        `cd / && ${imports}`,
      ].join('\n'),
      '--volume',
      `${remote}:/remote.git:ro`,
    );
    expect(pulled.stdout.split('\n'), pulled.stderr).toEqual([
      '/app/app/app/__init__.py before',
      commit,
      '/app/app/app/__init__.py after',
    ]);
  });

  it('has no secret of this machine in any blob that was pushed', async () => {
    const texts = await blobTexts();
    // That something would be found if it were there.
    expect(texts.some((text) => text.includes('marker = "before"'))).toBe(true);
    expect(texts.some((text) => text.includes(origin))).toBe(true);
    for (const secret of Object.values(secrets)) {
      expect(texts.filter((text) => text.includes(secret))).toHaveLength(0);
    }
    // What git has packed is compressed once more.
    const objects = await inImage('git -C /app/app cat-file --batch-all-objects --batch');
    expect(objects.stdout).toContain('marker = "before"');
    for (const secret of Object.values(secrets)) expect(objects.stdout).not.toContain(secret);
    expect(readFileSync(workspace.path('application/.git/config'), 'utf8')).toContain(secrets.header);
  });

  /** Manifest, configuration and unpacked layers of the published image. */
  async function blobTexts(): Promise<Buffer[]> {
    const at = `http://${workspace.registry}/v2/${workspace.repositories.runtime}`;
    const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json';
    const get = async (path: string) => {
      const answer = await fetch(`${at}/${path}`, { headers: { accept } });
      expect(answer.status, path).toBe(200);
      return Buffer.from(await answer.arrayBuffer());
    };
    const manifest = await get('manifests/cpu-v0.3.0');
    const { config, layers } = JSON.parse(String(manifest)) as {
      config: { digest: string };
      layers: { digest: string; mediaType: string }[];
    };
    const texts = [manifest, await get(`blobs/${config.digest}`)];
    for (const { digest, mediaType } of layers) {
      const blob = await get(`blobs/${digest}`);
      texts.push(mediaType.endsWith('+zstd') ? zstdDecompressSync(blob) : blob);
    }
    return texts;
  }
});
