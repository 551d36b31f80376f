import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { run } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GitServer, gitServer } from './git-server.ts';
import { type ThrowawayWorkspace, throwawayWorkspace } from './throwaway-workspace.ts';

const git = async (at: string, ...args: string[]) => {
  const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
  return (await run({ file: 'git', args: ['-C', at, ...author, ...args] })).stdout.trim();
};

/** A repository with the files of a folder in its one commit, from which it can be pushed to. */
async function serve(workspace: ThrowawayWorkspace, server: GitServer, name: string, from: string) {
  const author = workspace.path(from);
  const bare = join(server.folder, `${name}.git`);
  await git('/', 'init', '--quiet', '--bare', '--initial-branch=main', bare);
  await git(author, 'init', '--quiet', '--initial-branch=main');
  await git(author, 'remote', 'add', 'origin', bare);
  return {
    commit: async (message: string) => {
      await git(author, 'add', '--all');
      await git(author, 'commit', '--quiet', '--message', message);
      await git(author, 'push', '--quiet', 'origin', 'main');
      return git(author, 'rev-parse', 'HEAD');
    },
    tag: async (tag: string) => {
      await git(author, 'tag', tag);
      await git(author, 'push', '--quiet', 'origin', tag);
    },
  };
}

/** Sets variables of this process, which the commands of a workspace inherit, and gives back the way to undo it. */
function setEnvironment(values: Record<string, string | undefined>): () => void {
  const before = Object.fromEntries(Object.keys(values).map((name) => [name, process.env[name]]));
  const apply = (all: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(all)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  apply(values);
  return () => apply(before);
}

describe('a private source that is fetched by SSH', () => {
  let workspace: ThrowawayWorkspace;
  let server: GitServer;
  let commit: string;
  let restore = () => {};
  const printed: string[] = [];
  const publish = async (version: string, environment: Record<string, string | undefined> = {}) => {
    const undo = setEnvironment(environment);
    const done = await workspace.nx('run', 'runtime-image:publish', `--as=${version}`).finally(undo);
    printed.push(done.stdout, done.stderr);
    return { exitCode: done.exitCode, printed: `${done.stdout}\n${done.stderr}` };
  };
  const pointAt = (source: string) =>
    workspace.edit('slipway.toml', (text) => text.replace(/^source = .*$/m, `source = "${source}"`));

  beforeAll(async () => {
    workspace = await throwawayWorkspace({ quick: true });
    server = await gitServer(workspace);
    restore = setEnvironment(server.environment);
    const { commit: push } = await serve(workspace, server, 'quick', 'application');
    commit = await push('feat: begin');
    pointAt(`${server.ssh('quick.git')}#main`);
    const base = await workspace.nx('run', 'base-cpu:build-image');
    expect(base.exitCode, base.stdout + base.stderr).toBe(0);
  });
  afterAll(async () => {
    restore();
    await server?.dispose();
    workspace?.dispose();
  });

  it('without an agent is not: the log-in that is missing is named with the command', async () => {
    const refused = await publish('v0.1.0', { SSH_AUTH_SOCK: undefined });
    expect(refused.exitCode).toBe(1);
    expect(refused.printed).toMatch(
      /error\[source-unavailable\] slipway\.toml: ssh:\S+ wants a log-in, .* Permission denied \(publickey\)/,
    );
    expect(refused.printed).toContain(`ssh-add`);
    expect(refused.printed).toContain(`git ls-remote ${server.ssh('quick.git')}`);
  });

  it('from a host whose key is not known is not, and nobody is asked', async () => {
    server.knowHost('none');
    const refused = await publish('v0.1.0').finally(() => server.knowHost('right'));
    expect(refused.exitCode).toBe(1);
    expect(refused.printed).toContain(
      `error[host-key-unknown] slipway.toml: SSH does not know the host key of 127.0.0.1:${server.sshPort}`,
    );
    expect(refused.printed).toContain(`ssh-keyscan -p ${server.sshPort} 127.0.0.1 >> ~/.ssh/known_hosts`);

    server.knowHost('another');
    const other = await publish('v0.1.0').finally(() => server.knowHost('right'));
    expect(other.exitCode).toBe(1);
    expect(other.printed).toContain(
      `error[host-key-unknown] slipway.toml: the host key of 127.0.0.1:${server.sshPort} is another one than the one that SSH knows`,
    );
  });

  it('of a branch, a repository or a host that is not there is not, and it is said which', async () => {
    const wrong = [
      [`${server.ssh('quick.git')}#no-such-branch`, / has no no-such-branch: neither a branch nor a tag/],
      [
        `${server.ssh('other.git')}#main`,
        /could not fetch main from ssh:\S+:\n.*'\/srv\/other\.git' does not/,
      ],
      [
        'ssh://git@127.0.0.1:1/quick.git#main',
        /could not fetch main from ssh:\S+:\n.*port 1: Connection refused/,
      ],
    ] as const;
    for (const [source, message] of wrong) {
      pointAt(source);
      const refused = await publish('v0.1.0');
      expect(refused.exitCode).toBe(1);
      expect(refused.printed).toMatch(message);
      expect(refused.printed).toMatch(/fix: .*git ls-remote ssh:/);
    }
    pointAt(`${server.ssh('quick.git')}#main`);
    expect(await workspace.tags('runtime')).toEqual([]);
  });

  it('is published at its commit with the key in the agent', async () => {
    const published = await publish('v0.1.0');
    expect(published.exitCode, published.printed).toBe(0);
    const [record] = workspace.records('runtime-cpu').slice(-1);
    expect(record?.plan.sources?.[0]?.git).toMatchObject({
      commit,
      branch: 'main',
      origin: server.ssh('quick.git'),
      dirty: false,
      unpushed: false,
    });
    const image = `${workspace.registry}/${workspace.repositories.runtime}:cpu-v0.1.0`;
    const inside = await workspace.docker('run', '--rm', image, 'cat', '/app/quick/train.sh');
    expect(inside.stdout, inside.stderr).toContain('Stands in for a training program');
    await workspace.docker('image', 'rm', '--force', image);
  });

  it('leaves the key in no pushed blob, no record, no log and nothing that was printed', async () => {
    const [, ...body] = server.privateKey.trim().split('\n').slice(0, -1);
    const secrets = [...body, server.environment.SSH_AUTH_SOCK].map((text) => Buffer.from(text));
    const blobs = await pushedTexts(workspace);
    const files = readdirSync(workspace.path('.slipway'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    // That something would be found if it were there.
    const found = (texts: Buffer[], what: string) => texts.filter((text) => text.includes(what)).length;
    expect(found(blobs, 'Stands in for a training program')).toBeGreaterThan(0);
    expect(found(blobs, server.ssh('quick.git'))).toBeGreaterThan(0);
    expect(found(files, server.ssh('quick.git'))).toBeGreaterThan(0);
    expect(secrets.length).toBeGreaterThan(4);
    for (const secret of secrets) {
      for (const text of [...blobs, ...files, Buffer.from(printed.join('\n'))]) {
        expect(text.includes(secret)).toBe(false);
      }
    }
  });
});

describe('public sources with a ref, the application and a companion', () => {
  const website = 'https://example.invalid/team/';
  let workspace: ThrowawayWorkspace;
  let server: GitServer;
  let restore = () => {};
  /** The remote is on this machine here, as a mirror may be; its name is the one that everyone has. */
  const mirror = (): Record<string, string> => ({
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.${server.daemon}.insteadOf`,
    GIT_CONFIG_VALUE_0: website,
  });
  const pyproject = (name: string) => `[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "${name}"
version = "0.1.0"
requires-python = ">=3.12"
dependencies = []
`;
  const write = (name: string, marker: string) => {
    workspace.write(`.slipway/authors/${name}/pyproject.toml`, pyproject(name));
    workspace.write(`.slipway/authors/${name}/${name}/__init__.py`, `marker = "${marker}"\n`);
  };

  beforeAll(async () => {
    workspace = await throwawayWorkspace();
    server = await gitServer(workspace);
    restore = setEnvironment(mirror());
  });
  afterAll(async () => {
    restore();
    await server?.dispose();
    workspace?.dispose();
  });

  it('are both checkouts in the image, which git pull brings to another commit that is then imported', async () => {
    write('app', 'before');
    write('helper', 'before');
    const app = await serve(workspace, server, 'app', '.slipway/authors/app');
    const helper = await serve(workspace, server, 'helper', '.slipway/authors/helper');
    const before = [await app.commit('feat: begin'), await helper.commit('feat: begin')];
    await helper.tag('v1');
    // Later than the ref: a tag stays where it is.
    write('helper', 'between');
    await helper.commit('feat: go on');
    workspace.edit('slipway.toml', (text) =>
      text
        .replace('name = "digits"', 'name = "app"')
        .replace('source = "examples/digits"', `source = "${website}app.git#main"`)
        .replace('path = "/app/digits"', 'path = "/app/app"')
        .replace(
          '[repositories]',
          `[[application.companion]]\nname = "helper"\nsource = "${website}helper.git#v1"\npath = "/app/helper_src"\n\n[repositories]`,
        ),
    );
    for (const args of [
      ['base-cpu:lock'],
      ['base-cpu:build-image'],
      ['runtime-image:publish', '--architectures=cpu', '--as=v0.3.0'],
    ]) {
      const done = await workspace.nx('run', ...args);
      expect(done.exitCode, done.stdout + done.stderr).toBe(0);
    }
    const [record] = workspace.records('runtime-cpu').slice(-1);
    expect(record?.plan.sources?.map(({ path, git: at }) => [path, at?.commit, at?.origin])).toEqual([
      ['/app/app', before[0], `${website}app.git`],
      ['/app/helper_src', before[1], `${website}helper.git`],
    ]);

    write('app', 'after');
    write('helper', 'after');
    const after = [await app.commit('feat: change'), await helper.commit('feat: change')];
    const imports = `python -c 'import app, helper; print(app.__file__, app.marker, helper.__file__, helper.marker)'`;
    const script = [
      `cd / && ${imports}`,
      ...['/app/app', '/app/helper_src'].flatMap((path) => [
        `git -C ${path} rev-parse HEAD && git -C ${path} status --short`,
        `git -C ${path} pull --quiet origin main`,
        `git -C ${path} rev-parse HEAD && git -C ${path} status --short`,
      ]),
      imports,
    ].join('\n');
    const image = `${workspace.registry}/${workspace.repositories.runtime}:cpu-v0.3.0`;
    const pulled = await workspace.docker(
      'run',
      '--rm',
      '--network=host',
      ...Object.entries(mirror()).map(([name, value]) => `--env=${name}=${value}`),
      image,
      'bash',
      '-ec',
      script,
    );
    const places = (marker: string) =>
      `/app/app/app/__init__.py ${marker} /app/helper_src/helper/__init__.py ${marker}`;
    expect(pulled.stdout.split('\n'), pulled.stderr).toEqual([
      places('before'),
      before[0],
      after[0],
      before[1],
      after[1],
      places('after'),
    ]);
    await workspace.docker('image', 'rm', '--force', image);
  });

  it('of a ref that is not there are refused by its name', async () => {
    workspace.edit('slipway.toml', (text) => text.replace('helper.git#v1', 'helper.git#v2'));
    const refused = await workspace.nx('run', 'runtime-image:publish', '--architectures=cpu', '--as=v0.4.0');
    workspace.edit('slipway.toml', (text) => text.replace('helper.git#v2', 'helper.git#v1'));
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout + refused.stderr).toContain(
      `error[source-unavailable] slipway.toml: ${website}helper.git has no v2`,
    );
  });
});

/** Every manifest of the runtime repository, with its configuration and unpacked layers. */
async function pushedTexts({ registry, repositories }: ThrowawayWorkspace): Promise<Buffer[]> {
  const at = `http://${registry}/v2/${repositories.runtime}`;
  const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json';
  const get = async (path: string) => {
    const answer = await fetch(`${at}/${path}`, { headers: { accept } });
    expect(answer.status, path).toBe(200);
    return Buffer.from(await answer.arrayBuffer());
  };
  const { tags } = JSON.parse(String(await get('tags/list'))) as { tags: string[] };
  const texts = new Map<string, Buffer>();
  for (const tag of tags) {
    const manifest = await get(`manifests/${tag}`);
    texts.set(tag, manifest);
    const { config, layers } = JSON.parse(String(manifest)) as {
      config: { digest: string };
      layers: { digest: string; mediaType: string }[];
    };
    for (const { digest, mediaType } of [{ ...config, mediaType: '' }, ...layers]) {
      if (texts.has(digest)) continue;
      const blob = await get(`blobs/${digest}`);
      texts.set(digest, mediaType.endsWith('+zstd') ? zstdDecompressSync(blob) : blob);
    }
  }
  return [...texts.values()];
}
