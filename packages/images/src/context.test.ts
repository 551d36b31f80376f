import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Source } from '@slipway/contract';
import { listFiles, readDefinition, run } from '@slipway/effects';
import { afterAll, expect, it } from 'vitest';
import { callComponents, planCall } from './call.ts';
import { stageContext } from './context.ts';
import { buildKey } from './key.ts';
import { readSources } from './sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-context-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const dockerfile = { path: 'Dockerfile', text: 'FROM scratch AS image\nCOPY . /\n' };

/** Key and digest of what the builder would see, for a tree that lies anywhere and was written in any way. */
async function keyAndDigest(tree: Map<string, { text: string; executable: boolean }>) {
  const root = join(
    folder,
    randomBytes(4)
      .toString('hex')
      .repeat(1 + ((randomBytes(1)[0] ?? 0) % 8)),
  );
  const before = process.umask(pick([0o022, 0o077, 0o002]));
  try {
    for (const [path, { text, executable }] of shuffled([...tree])) {
      const whole = join(root, path);
      mkdirSync(dirname(whole), { recursive: true });
      writeFileSync(whole, text);
      // Any clock, and any permission of others: only git's one bit counts.
      chmodSync(whole, executable ? pick([0o755, 0o700, 0o711]) : pick([0o644, 0o600, 0o664]));
      utimesSync(whole, pick([1, 1e9, 2e9]), pick([1, 1e9, 2e9]));
    }
    const files = shuffled(await listFiles(root)).map((file) => ({ ...file, from: join(root, file.path) }));
    const call = planCall(dockerfile, 'image', {
      platform: 'linux/amd64',
      arguments: {},
      contexts: { main: { files } },
    });
    const staged = `${root}-staged`;
    await stageContext('/', { files }, staged);
    return { key: buildKey(callComponents(call)), digest: digestOf(staged) };
  } finally {
    process.umask(before);
  }
}

const pick = <T>(values: T[]): T => values[(randomBytes(1)[0] ?? 0) % values.length] as T;
const shuffled = <T>(values: T[]): T[] =>
  values
    .map((value) => [randomBytes(4).readUInt32LE(), value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value);

/** What BuildKit's checksum sees of a tree, the clock and owner aside: paths, modes, contents. */
function digestOf(root: string): string {
  const hash = createHash('sha256');
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    const status = statSync(join(root, path));
    hash.update(`${path} ${(status.mode & 0o777).toString(8)} `);
    if (status.isFile()) hash.update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

it('gives equal keys and equal contexts for 200 ways of writing the same tree', {
  timeout: 60_000,
}, async () => {
  const tree = new Map([
    ['pyproject.toml', { text: '[project]\nname = "x"\n', executable: false }],
    ['pkg/__init__.py', { text: '', executable: false }],
    ['pkg/deep/er/data.txt', { text: 'data', executable: false }],
    ['run.sh', { text: '#!/bin/sh\n', executable: true }],
    ['.dockerignore', { text: '*.log\n', executable: false }],
  ]);
  const first = await keyAndDigest(tree);
  for (let index = 0; index < 200; index += 1) expect(await keyAndDigest(tree)).toEqual(first);
  // And each thing that counts makes another key and another context.
  const changes: [string, { text: string; executable: boolean }][] = [
    ['pkg/__init__.py', { text: ' ', executable: false }],
    ['run.sh', { text: '#!/bin/sh\n', executable: false }],
    ['.dockerignore', { text: '*.txt\n', executable: false }],
    ['more.py', { text: '', executable: false }],
  ];
  for (const [path, file] of changes) {
    const changed = await keyAndDigest(new Map([...tree, [path, file]]));
    expect(changed.key).not.toBe(first.key);
    expect(changed.digest).not.toBe(first.digest);
  }
});

it('lays a source tree of a repository of its own out as a checkout, wherever it lies', {
  timeout: 30_000,
}, async () => {
  const remote = join(folder, 'remote.git');
  const git = async (at: string, ...args: string[]) => {
    const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
    return (await run({ file: 'git', args: [...author, ...args], cwd: at })).stdout;
  };
  await git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
  const author = join(folder, 'author');
  await git(folder, 'clone', '--quiet', remote, author);
  await git(author, 'checkout', '--quiet', '-B', 'main');
  writeFileSync(join(author, 'main.py'), 'marker = 1\n');
  await git(author, 'add', '--all');
  await git(author, 'commit', '--quiet', '--message', 'first');
  await git(author, 'push', '--quiet', 'origin', 'main');

  const definition = readDefinition(new URL('../../../', import.meta.url).pathname);
  const keyAndContext = async (
    name: string,
    below: string,
    change = async (_source: string) => {},
    source: Source = { kind: 'folder', path: below },
  ) => {
    const root = join(folder, name);
    mkdirSync(root);
    await git(root, 'clone', '--quiet', remote, below);
    await change(join(root, below));
    const application = { ...definition.application, source, companions: [] };
    const [tree] = await readSources(root, { ...definition, application });
    if (!tree?.git || tree.neutralTree === null) throw new Error('no checkout');
    const { neutral, neutralTree } = tree;
    const { dirty, top, unpushed, ...checkout } = tree.git;
    const part = (name: 'tree' | 'commit') => ({
      ...{ path: 'app/x', from: tree.folder, part: name, neutral, neutralTree },
      ...checkout,
    });
    const context = {
      files: tree.files.map((file) => ({
        ...file,
        path: `app/x/${file.path}`,
        from: `${tree.folder}/${file.path}`,
      })),
      checkouts: [part('tree'), part('commit')],
    };
    const contexts = { main: context };
    const call = planCall(dockerfile, 'image', { platform: 'linux/amd64', arguments: {}, contexts });
    await stageContext(root, context, join(root, 'staged'));
    return { key: buildKey(callComponents(call)), digest: digestOf(join(root, 'staged')), root, dirty };
  };
  const first = await keyAndContext('one', 'app');
  const second = await keyAndContext('two', 'elsewhere', async (source) => {
    await git(source, 'gc', '--quiet');
  });
  expect(second).toEqual({ ...first, root: second.root });
  // As a git URL it is fetched into a folder of the workspace, and is the same.
  const fetched = await keyAndContext('url', 'app', undefined, { kind: 'git', url: remote, ref: 'main' });
  expect(fetched).toEqual({ ...first, root: fetched.root });
  expect(await git(join(first.root, 'staged/app/x'), 'status', '--porcelain')).toBe('');
  const changed = await keyAndContext('three', 'app', async (source) =>
    writeFileSync(join(source, 'main.py'), 'marker = 2\n'),
  );
  expect(changed.key).not.toBe(first.key);
  expect(changed.dirty).toBe(true);
  expect(await git(join(changed.root, 'staged/app/x'), 'status', '--porcelain')).toBe(' M main.py');
});
