import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { quoteForShell } from '@slipway/contract';
import { run, tryRun } from '@slipway/effects';
import { afterAll, describe, expect, it } from 'vitest';
import { handover, notStarted, startScript } from './start-script.ts';

it('is not there when there is nothing to do', () => {
  expect(startScript({ secrets: {}, ssh: null, updates: [], mounts: [] })).toBeNull();
});

it('checks host keys', () => {
  const secrets = { TOKEN_OF_MINE: { from: 'environment' as const, name: 'TOKEN_OF_MINE' } };
  const ssh = { key: '/root/.ssh/id_rsa', knownHosts: '/run/slipway/ssh/known_hosts' };
  const script = startScript({ secrets, ssh, updates: [], mounts: [] }) ?? '';
  expect(script).toContain('StrictHostKeyChecking=yes -o UserKnownHostsFile=/run/slipway/ssh/known_hosts');
  expect(script.split('\n').at(-1)).toBe('exec "$@"');
});

it('overwrites no variable that the command may have been given', () => {
  const secrets = { A: { from: 'environment' as const, name: 'A' } };
  const ssh = { key: '/root/.ssh/id_rsa', knownHosts: null };
  const updates = [{ name: 'a', path: '/a', url: 'u', ref: 'main', commit: 'c'.repeat(40) }];
  const script = startScript({ secrets, ssh, updates, mounts: [] }) ?? '';
  const names = [...script.matchAll(/^\s*(?:for |export )?(\w+)(?:=| in )/gm)].map(([, name]) => name);
  expect(new Set(names)).toEqual(
    new Set([
      'slipway_step',
      'slipway_name',
      'slipway_file',
      'slipway_value',
      'slipway_keys',
      'GIT_SSH_COMMAND',
      'slipway_path',
    ]),
  );
});

it.each(['plain', "it's", 'a "b" $(c) `d` \\ e', '', 'new\nline', '*', '~/x', 'ä'])(
  'a shell reads %j back',
  async (word) => {
    const { stdout } = await run({ file: 'sh', args: ['-c', `printf %s ${quoteForShell(word)}x`] });
    expect(stdout).toBe(`${word}x`);
  },
);

describe('secrets that are handed over', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-start-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const from = (name: string) => ({ from: 'environment' as const, name });
  const start = (...names: string[]) => {
    const secrets = Object.fromEntries(names.map((name) => [name, from(name)]));
    const script =
      startScript({ secrets, ssh: null, updates: [], mounts: [] })?.replaceAll(handover.secrets, folder) ??
      '';
    const env = { name: 'n', file: 'f', value: 'v', keys: 'k', path: 'p' };
    return tryRun({
      file: 'sh',
      args: ['-c', script, 'slipway-start', 'sh', '-c', 'echo "$A,$B"; env'],
      env,
    });
  };

  it('are taken and deleted, the empty one too', async () => {
    writeFileSync(join(folder, 'A'), "it's 1\n");
    writeFileSync(join(folder, 'B'), '');
    const { exitCode, stdout } = await start('A', 'B');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^it's 1,\n/);
    expect(stdout).toMatch(/^name=n$/m);
    expect(stdout).toMatch(/^file=f$/m);
    expect(stdout).toMatch(/^value=v$/m);
    expect(stdout).not.toMatch(/^slipway_/m);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('and do not arrive keep the command from being started', async () => {
    writeFileSync(join(folder, 'A'), '1');
    const { exitCode, stdout, stderr } = await start('A', 'B');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(
      /^slipway: the secret B did not reach the container, or user \d+ may not read it$/m,
    );
    expect(stderr.split('\n').at(-1)).toBe(
      'slipway: nothing was started, since this failed: taking the secret B',
    );
  });

  it('arrive with all line breaks but the one that ends their file', async () => {
    writeFileSync(join(folder, 'A'), ' 1\n\n\n');
    writeFileSync(join(folder, 'B'), 'x');
    expect((await start('A', 'B')).stdout).toMatch(/^ 1\n\n,x\n/);
  });

  it('and whose command is not there are not followed by a start', async () => {
    const secrets = { A: from('A') };
    const script = startScript({ secrets, ssh: null, updates: [], mounts: [] }) ?? '';
    writeFileSync(join(folder, 'A'), '1');
    const args = ['-c', script.replaceAll(handover.secrets, folder), 'slipway-start', 'no-such-program'];
    const { exitCode, stderr } = await tryRun({ file: 'sh', args });
    expect(exitCode).toBe(127);
    expect(stderr.split('\n').at(-1)).toBe(`${notStarted}starting no-such-program`);
  });
});

describe('code that is brought in', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-update-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const git = async (tree: string, ...args: string[]) => {
    const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
    return (await run({ file: 'git', args: ['-C', join(folder, tree), ...author, ...args] })).stdout.trim();
  };
  const commitAll = async (tree: string) => {
    await git(tree, 'init', '--quiet', '--initial-branch=main');
    await git(tree, 'add', '--all');
    await git(tree, 'commit', '--quiet', '--message', 'feat: change');
    return await git(tree, 'rev-parse', 'HEAD');
  };
  const has = (...paths: string[]) => paths.map((path) => existsSync(join(folder, path)));

  it.each(['without', 'with'])(
    'is the commit, in a tree %s a checkout: what it has not is removed',
    async (kind) => {
      write(`${kind}-new/program.py`, 'new');
      const commit = await commitAll(`${kind}-new`);
      const tree = `${kind}-app`;
      for (const name of ['program.py', 'deleted/module.py', '.gitignore'])
        write(`${tree}/${name}`, '*.so\n');
      if (kind === 'with') await commitAll(tree);
      // Built in the image, mounted, and another tree.
      for (const name of ['built.so', 'data/x', 'companion/y']) write(`${tree}/${name}`, '');
      const at = (path: string) => join(folder, path);
      const update = { url: at(`${kind}-new`), ref: 'main', commit };
      const companion = { ...update, name: 'companion', path: at(`${tree}/companion`) };
      const script = startScript({
        ...{ secrets: {}, ssh: null, updates: [{ ...update, name: 'app', path: at(tree) }, companion] },
        mounts: [{ source: '/', target: at(`${tree}/data`), readOnly: true }],
      });
      const { exitCode, stderr } = await tryRun({ file: 'sh', args: ['-c', script ?? '', 'sh', 'true'] });
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(readFileSync(join(folder, tree, 'program.py'), 'utf8')).toBe('new');
      expect(has(`${tree}/deleted`, `${tree}/.gitignore`)).toEqual([false, false]);
      expect(has(`${tree}/built.so`, `${tree}/data/x`, `${tree}/companion/program.py`)).toEqual([
        true,
        true,
        true,
      ]);
      expect(has(`${tree}/companion/y`)).toEqual([false]);
    },
  );

  it('leaves repositories below it alone, and what .gitignore of the commit names', async () => {
    write('ignoring/program.py', 'new');
    write('ignoring/.gitignore', '*.bin\n');
    write('ignoring/data/.gitignore', 'cached\n');
    const commit = await commitAll('ignoring');
    const files = ['built.bin', 'data/cached', 'data/stale', '.gitignore', 'old.py'];
    const below = ['[x] \u00e4/y', 'cloned/z'];
    for (const name of [...files, ...below]) write(`image/${name}`, 'old.txt\n');
    write('image/old.txt', '');
    await git('image/[x] \u00e4', 'init', '--quiet');
    await commitAll('image/cloned');
    const path = join(folder, 'image');
    const updates = [{ name: 'app', path, url: join(folder, 'ignoring'), ref: 'main', commit }];
    const script = startScript({ secrets: {}, ssh: null, updates, mounts: [] }) ?? '';
    const { exitCode, stderr } = await tryRun({ file: 'sh', args: ['-c', script, 'sh', 'true'] });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const found = [...files, ...below, 'old.txt', 'program.py'].filter((name) => has(`image/${name}`)[0]);
    expect(found).toEqual([
      ...['built.bin', 'data/cached', '.gitignore', ...below],
      // The image's own names it, too.
      ...['old.txt', 'program.py'],
    ]);
    expect(await git('image', 'status', '--porcelain')).toBe('?? old.txt');
  });

  it('and is not there keeps the command from being started', async () => {
    write('gone/a', '');
    await commitAll('gone');
    const path = join(folder, 'empty');
    const commit = 'c'.repeat(40);
    const updates = [{ name: 'app', path, url: join(folder, 'gone'), ref: 'main', commit }];
    const script = startScript({ secrets: {}, ssh: null, updates, mounts: [] }) ?? '';
    const { exitCode, stdout, stderr } = await tryRun({
      file: 'sh',
      args: ['-c', script, 'sh', 'echo', 'begun'],
    });
    expect(exitCode).not.toBe(0);
    expect(stdout).not.toContain('begun');
    expect(stderr.split('\n').at(-1)).toBe(`${notStarted}bringing ${commit} into ${path}`);
  });
});
