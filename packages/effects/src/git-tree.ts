import { Failure, maskLogins } from '@slipway/contract';
import { type Finished, tryRun } from './process.ts';

/** What a `.git` folder is made of, apart from the objects of its commit. */
export interface Checkout {
  commit: string;
  branch: string;
  /** Where `git pull origin` asks, without any log-in; null: there is no remote. */
  origin: string | null;
}

/** Where a source tree stands in its repository. */
export interface GitFacts extends Checkout {
  /** Whether the folder is the repository, or one folder in it. */
  top: boolean;
  /** Tracked files of the folder are changed, or there are new ones that are not ignored. */
  dirty: boolean;
  /** No remote-tracking branch holds the commit. */
  unpushed: boolean;
}

/** The branch of a checkout that is on none. */
export const defaultBranch = 'main';

/**
 * Where a folder stands in its git repository.
 * @returns null for a folder outside git, or in a repository without a commit.
 * @throws Failure `source-unavailable` when git refuses to look at it.
 */
export async function readGit(folder: string): Promise<GitFacts | null> {
  const git = (...args: string[]) => askGit(folder, args);
  const place = await git('rev-parse', '--show-prefix');
  if (isOutsideGit(place, folder)) return null;
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
      '--',
      '.',
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
    top: place.stdout.trim() === '',
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
  if (scheme === undefined) return maskLogins(url);
  if (/ssh/i.test(scheme))
    return maskLogins(`${scheme}${user === undefined ? '' : `${user.split(':')[0]}@`}${rest}`);
  return `${scheme}${rest.replace(/[?#][\s\S]*$/, '')}`;
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

/** What a person is told when git will not do something in a folder. */
export function refused(folder: string, stderr: string): Failure {
  return new Failure({
    code: 'source-unavailable',
    message: `git cannot read ${folder}: ${stderr.trim().split('\n')[0]}`,
    remedy: 'follow what git says, then start the same command again',
  });
}
