import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from '@slipway/contract';
import { askGit, type Checkout, refused } from './git-tree.ts';
import { type Command, type Finished, run, tryRun } from './process.ts';

/** Files of a commit with the texts that stand for theirs: path -> text. */
export type NeutralTexts = Readonly<Record<string, string>>;

/**
 * The tree of a commit in which some files have other texts: two commits that differ in nothing but those files have
 * the same one. Files that the commit does not have are left out.
 * @param repository a folder in the repository that holds the commit; nothing is written there.
 * @returns the tree's object id.
 * @throws Failure `plan-outdated` when the commit is gone, `source-unavailable` when its objects cannot be read.
 */
export function neutralTree(repository: string, commit: string, texts: NeutralTexts): Promise<string> {
  return withLentObjects(repository, commit, texts, async ({ tree }) => tree);
}

/**
 * Makes the `.git` folder of a laid out tree, in two parts that are laid over one another: together they are what
 * `git clone --depth=1` would leave, of one commit and nothing else. It is made anew, so that nothing of the
 * repository's own (settings, log-ins, hooks, history, other branches) can get in, and is the same for the same checkout
 * however the repository keeps its objects. Submodules stay empty folders, as git itself leaves them.
 *
 * The part `tree` is the same for all commits with one neutral tree (`neutralTree`): settings, and the objects of that
 * tree that a commit has too. The part `commit` is what remains: where the branch is, the index, and the few objects that differ.
 * @param repository a folder in the repository that holds the commit.
 * @param folder the tree, whose `.git` it becomes.
 * @throws Failure `plan-outdated` when the commit is gone, `source-unavailable` when its objects cannot be read.
 */
export async function writeGitFolder(
  repository: string,
  checkout: Checkout,
  texts: NeutralTexts,
  part: 'tree' | 'commit',
  folder: string,
): Promise<void> {
  const { commit } = checkout;
  const made = join(folder, '.git');
  const files = part === 'tree' ? treeFiles(checkout) : commitFiles(checkout);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(made, path)), { recursive: true });
    writeFileSync(join(made, path), text);
  }
  mkdirSync(join(made, 'objects/pack'), { recursive: true });
  await withLentObjects(repository, commit, texts, async ({ git, tree, unreadable }) => {
    // The commit is a shallow one, so this is itself, its trees and its blobs.
    const list = async (of: string) =>
      (await run(git(['rev-list', '--objects', '--no-object-names', of]), unreadable)).stdout.split('\n');
    const neutral = new Set(await list(tree));
    const packed = (await list(commit)).filter((each) => neutral.has(each) === (part === 'tree'));
    // Nothing is taken over as the repository packed it, and with one version of each file deltas would save little.
    const pack = ['--threads=1', '--no-reuse-delta', '--no-reuse-object', '--window=0', '--compression=6'];
    const packing = ['-c', 'pack.writeReverseIndex=false', 'pack-objects', '--quiet', ...pack];
    const input = `${packed.join('\n')}\n`;
    await run(git([...packing, join(made, 'objects/pack/pack')], { input }), unreadable);
    // The index holds no clock: git looks at every file once.
    if (part === 'commit') {
      const env = { GIT_INDEX_FILE: join(made, 'index') };
      await run(git(['read-tree', commit], { env }), unreadable);
    }
    const { stdout } = await run(git(['ls-tree', '-r', '-z', commit]), unreadable);
    for (const entry of stdout.split('\0')) {
      const [, submodule] = /^160000 commit \S+\t([\s\S]+)$/.exec(entry) ?? [];
      if (submodule !== undefined) mkdirSync(join(folder, submodule), { recursive: true });
    }
  });
  openModes(made);
}

/** What works on a commit: git with its objects, and its neutral tree. */
interface Lent {
  git: (args: readonly string[], more?: Pick<Command, 'input' | 'env'>) => Command;
  tree: string;
  unreadable: { code: 'source-unavailable'; remedy: string };
}

/**
 * Works with the objects of a repository in an empty one beside it. The repository lends its objects and nothing else:
 * its settings are never read, and nothing is written there.
 */
async function withLentObjects<T>(
  repository: string,
  commit: string,
  texts: NeutralTexts,
  does: (lent: Lent) => Promise<T>,
): Promise<T> {
  const asked = await askGit(repository, ['rev-parse', '--path-format=absolute', '--git-path', 'objects']);
  if (asked.exitCode !== 0) throw refused(repository, asked.stderr);
  const unreadable = {
    code: 'source-unavailable',
    remedy: `read what git says; a partial clone is made whole with git -C ${repository} fetch --refetch --no-filter`,
  } as const;
  const scratch = mkdtempSync(join(tmpdir(), 'slipway-git-'));
  try {
    const bare = join(scratch, 'bare');
    const base = { ...bareEnvironment(), GIT_INDEX_FILE: join(scratch, 'index') };
    const format = commit.length === 64 ? ['--object-format=sha256'] : [];
    const git: Lent['git'] = (args, { input, env = {} } = {}) => ({
      file: 'git',
      args: [`--git-dir=${bare}`, ...args],
      cwd: scratch,
      input,
      env: {
        ...base,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${asked.stdout.replace(/["\\]/g, '\\$&')}"`,
        ...env,
      },
    });
    await run(git(['init', '--quiet', '--bare', '--template=', ...format]), unreadable);
    // A commit without its parents, as in a shallow clone.
    writeFileSync(join(bare, 'shallow'), `${commit}\n`);
    const found = await tryRun(git(['cat-file', '-e', `${commit}^{tree}`]));
    if (found.exitCode !== 0) throw commitGone(repository, commit);
    const ask = (...args: Parameters<Lent['git']>): Promise<Finished> => run(git(...args), unreadable);
    return await does({ git, unreadable, tree: await writeNeutralTree(commit, texts, ask) });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function writeNeutralTree(
  commit: string,
  texts: NeutralTexts,
  ask: (...args: Parameters<Lent['git']>) => Promise<Finished>,
): Promise<string> {
  const paths = Object.keys(texts).sort();
  if (paths.length === 0) return (await ask(['rev-parse', `${commit}^{tree}`])).stdout;
  await ask(['read-tree', commit]);
  const { stdout } = await ask([
    'ls-files',
    '--stage',
    '-z',
    '--',
    ...paths.map((path) => `:(literal)${path}`),
  ]);
  for (const entry of stdout.split('\0')) {
    const [, mode = '', path = ''] = /^(\d+) \S+ 0\t([\s\S]+)$/.exec(entry) ?? [];
    // A link is what it points at, and no text.
    if (!mode.startsWith('100') || texts[path] === undefined) continue;
    const blob = await ask(['hash-object', '-w', '--stdin'], { input: texts[path] });
    await ask(['update-index', '--cacheinfo', `${mode},${blob.stdout},${path}`]);
  }
  return (await ask(['write-tree'])).stdout;
}

/** Files of a `.git` folder that are text and the same for all commits. */
function treeFiles({ commit, branch, origin }: Checkout): Record<string, string> {
  const sha256 = commit.length === 64;
  const core = [
    '[core]',
    `\trepositoryformatversion = ${sha256 ? 1 : 0}`,
    '\tfilemode = true',
    '\tbare = false',
    '\tlogallrefupdates = true',
    ...(sha256 ? ['[extensions]', '\tobjectformat = sha256'] : []),
  ];
  const remote =
    origin === null
      ? []
      : [
          '[remote "origin"]',
          `\turl = ${quoted(origin)}`,
          '\tfetch = +refs/heads/*:refs/remotes/origin/*',
          `[branch ${quoted(branch)}]`,
          '\tremote = origin',
          `\tmerge = ${quoted(`refs/heads/${branch}`)}`,
        ];
  return {
    HEAD: `ref: refs/heads/${branch}\n`,
    config: `${[...core, ...remote].join('\n')}\n`,
    // What installing and importing leave in a tree is no change of it.
    'info/exclude': '__pycache__/\n*.egg-info/\n',
  };
}

/** Files that say which commit it is. */
function commitFiles({ commit, branch, origin }: Checkout): Record<string, string> {
  return {
    shallow: `${commit}\n`,
    [`refs/heads/${branch}`]: `${commit}\n`,
    // Of a commit that was never pushed this is not so; the first fetch puts it right.
    ...(origin !== null && { [`refs/remotes/origin/${branch}`]: `${commit}\n` }),
  };
}

/** A text as git's settings have it. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t')}"`;
}

/** The modes that every file and folder of a build context has, whatever the umask. */
function openModes(folder: string): void {
  if (!existsSync(folder)) return;
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

/** For git in a folder that is made here: no setting of this machine, user or caller counts. */
function bareEnvironment(): Record<string, string | undefined> {
  const set = Object.keys(process.env).filter((name) => name.startsWith('GIT_'));
  return {
    ...Object.fromEntries(set.map((name) => [name, undefined])),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_NO_REPLACE_OBJECTS: '1',
    LC_ALL: 'C',
  };
}

function commitGone(repository: string, commit: string): Failure {
  return new Failure({
    code: 'plan-outdated',
    message: `the commit ${commit} that the plan was made for is not in ${repository} any more`,
    remedy: 'make the plan again, or restore the commit',
  });
}
