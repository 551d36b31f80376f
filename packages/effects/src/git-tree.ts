import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '@slipway/contract';
import { type Finished, run, tryRun } from './process.ts';

/** What a `.git` folder is made of, apart from the objects of its commit. */
export interface Checkout {
  commit: string;
  branch: string;
  /** Where `git pull origin` asks, without any log-in; null: there is no remote. */
  origin: string | null;
}

/** Where a source tree stands in its repository. */
export interface GitFacts extends Checkout {
  /** Tracked files are changed, or there are new ones that are not ignored. */
  dirty: boolean;
  /** No remote-tracking branch holds the commit. */
  unpushed: boolean;
}

/** The branch of a checkout that is on none. */
export const defaultBranch = 'main';

/**
 * Where a folder stands in the git repository whose top level it is.
 * @returns null for a folder outside git, below the top level of a repository, or of one without a commit.
 * @throws Failure `source-unavailable` when git refuses to look at it.
 */
export async function readGit(folder: string): Promise<GitFacts | null> {
  const git = (...args: string[]) => askGit(folder, args);
  const place = await git('rev-parse', '--show-prefix');
  if (isOutsideGit(place, folder) || place.stdout !== '') return null;
  const [head, branch, remotes, status] = await Promise.all([
    git('rev-parse', '--verify', '--quiet', 'HEAD^{commit}'),
    git('symbolic-ref', '--quiet', '--short', 'HEAD'),
    git('config', '-z', '--get-regexp', '^remote\\..*\\.url$'),
    // What a submodule holds is in no commit of this repository, and its folder stays empty.
    git(
      '--no-optional-locks',
      'status',
      '--porcelain',
      '--untracked-files=normal',
      '--ignore-submodules=dirty',
    ),
  ]);
  if (head.exitCode !== 0) return null;
  if (status.exitCode !== 0) throw refused(folder, status.stderr);
  const commit = head.stdout.trim();
  const tracking = await git('for-each-ref', '--count=1', `--contains=${commit}`, 'refs/remotes');
  return {
    commit,
    branch: branch.stdout.trim() || defaultBranch,
    origin: publicUrl(originIn(remotes.stdout)),
    dirty: status.stdout.trim() !== '',
    unpushed: tracking.stdout.trim() === '',
  };
}

/** The URL of the remote `origin`, else of whichever there is, in what `git config -z --get-regexp` printed. */
function originIn(printed: string): string | null {
  const urls = printed.split('\0').flatMap((entry) => {
    const end = entry.indexOf('\n');
    return end === -1 ? [] : [{ name: entry.slice(0, end), url: entry.slice(end + 1) }];
  });
  return (urls.find(({ name }) => name === 'remote.origin.url') ?? urls[0])?.url ?? null;
}

/**
 * A remote's URL as everyone may read it: without password or token, and without user where one is only part of a
 * log-in. SSH's user stays, since nothing works without it.
 * @returns null where there is no URL, or one of a remote helper (`ext::...`), which may hold anything.
 */
export function publicUrl(url: string | null): string | null {
  if (url === null || url === '' || /^[A-Za-z0-9]+::/.test(url)) return null;
  const [, scheme, user, rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)(?:([^/?#]*)@)?([\s\S]*)$/i.exec(url) ?? [];
  // `git@host:path` or a path.
  if (scheme === undefined) return url;
  if (/ssh/i.test(scheme)) return `${scheme}${user === undefined ? '' : `${user.split(':')[0]}@`}${rest}`;
  return `${scheme}${rest.replace(/[?#][\s\S]*$/, '')}`;
}

/**
 * Makes the `.git` folder of a laid out tree: what `git clone --depth=1` would leave, of one commit and nothing else.
 * It is made anew, so that nothing of the repository's own (settings, log-ins, hooks, history, other branches) can get
 * in, and is the same for the same checkout however the repository keeps its objects. Submodules stay empty folders, as
 * git itself leaves them.
 * @param repository a folder in the repository that holds the commit.
 * @param tree where the files lie already.
 * @throws Failure `plan-outdated` when the commit is gone, `source-unavailable` when its objects cannot be read.
 */
export async function writeGitFolder(repository: string, checkout: Checkout, tree: string): Promise<void> {
  const { commit } = checkout;
  const folder = join(tree, '.git');
  for (const [path, text] of Object.entries(gitFiles(checkout))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(join(folder, 'objects/pack'), { recursive: true });
  const asked = await askGit(repository, ['rev-parse', '--path-format=absolute', '--git-path', 'objects']);
  if (asked.exitCode !== 0) throw refused(repository, asked.stderr);
  // The repository lends its objects and nothing else: its settings are never read from here on.
  const lent = { GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${asked.stdout.replace(/["\\]/g, '\\$&')}"` };
  const git = (args: string[], more: { input?: string; env?: Record<string, string> } = {}) => ({
    file: 'git',
    args: [`--git-dir=${folder}`, ...args],
    cwd: tree,
    input: more.input,
    env: { ...bareEnvironment(), ...more.env },
  });
  const found = await tryRun(git(['cat-file', '-e', `${commit}^{tree}`], { env: lent }));
  if (found.exitCode !== 0) throw commitGone(repository, commit);
  const unreadable = {
    code: 'source-unavailable',
    remedy: `read what git says; a partial clone is made whole with git -C ${repository} fetch --refetch --no-filter`,
  } as const;
  // The commit is a shallow one, so this is itself, its trees and its blobs.
  const listing = await run(
    git(['rev-list', '--objects', '--no-object-names', commit], { env: lent }),
    unreadable,
  );
  // Nothing is taken over as the repository packed it, and with one version of each file deltas would save little.
  const pack = ['--threads=1', '--no-reuse-delta', '--no-reuse-object', '--window=0', '--compression=6'];
  const packing = ['-c', 'pack.writeReverseIndex=false', 'pack-objects', '--quiet', ...pack];
  const input = `${listing.stdout}\n`;
  await run(git([...packing, join(folder, 'objects/pack/pack')], { input, env: lent }), unreadable);
  // With its own objects alone. The index holds no clock: git looks at every file once.
  await run(git(['read-tree', commit]), unreadable);
  const { stdout } = await run(git(['ls-files', '--stage', '-z']), unreadable);
  for (const entry of stdout.split('\0')) {
    const [, submodule] = /^160000 \S+ 0\t([\s\S]+)$/.exec(entry) ?? [];
    if (submodule !== undefined) mkdirSync(join(tree, submodule), { recursive: true });
  }
  openModes(folder);
}

/** The files of a `.git` folder that are text. */
function gitFiles({ commit, branch, origin }: Checkout): Record<string, string> {
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
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

/** Asks git about a folder of this machine, in words that can be compared. */
export function askGit(folder: string, args: readonly string[]): Promise<Finished> {
  return tryRun({ file: 'git', args, cwd: folder, env: { ...hostEnvironment(), LC_ALL: 'C' } });
}

/**
 * Whether git said that the folder is in no repository.
 * @throws Failure `source-unavailable` when it failed for another reason.
 */
export function isOutsideGit(
  { exitCode, stderr }: { exitCode: number; stderr: string },
  folder = '',
): boolean {
  if (exitCode === 0) return false;
  if (/not a git repository/i.test(stderr)) return true;
  throw refused(folder, stderr);
}

/** For git in a folder: a hook that calls Slipway has variables of another repository, which would be read instead. */
export function hostEnvironment(): Record<string, undefined> {
  const names = ['DIR', 'WORK_TREE', 'INDEX_FILE', 'PREFIX', 'COMMON_DIR', 'NAMESPACE', 'OBJECT_DIRECTORY'];
  const all = [...names, 'ALTERNATE_OBJECT_DIRECTORIES', 'SHALLOW_FILE', 'GRAFT_FILE'];
  return Object.fromEntries(all.map((name) => [`GIT_${name}`, undefined]));
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

function refused(folder: string, stderr: string): Failure {
  return new Failure({
    code: 'source-unavailable',
    message: `git cannot read ${folder}: ${stderr.trim().split('\n')[0]}`,
    remedy: 'follow what git says, then start the same command again',
  });
}

function commitGone(repository: string, commit: string): Failure {
  return new Failure({
    code: 'plan-outdated',
    message: `the commit ${commit} that the plan was made for is not in ${repository} any more`,
    remedy: 'make the plan again, or restore the commit',
  });
}
