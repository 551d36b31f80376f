import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, type GitTag } from '@slipway/contract';
import { remoteProblem } from './git-remote.ts';
import { parseTags, tagFormat } from './git-tags.ts';
import { type Finished, run, tryRun } from './process.ts';
import type { ReleaseRepository } from './release-repository.ts';

/** Names of the remote's branch and tags in a stage: no command takes them for its own. */
const headRef = 'refs/public/head';
const tagRefs = 'refs/public/tags';

/** What git is told beside its arguments. */
export interface GitInput {
  input?: string;
  env?: Record<string, string>;
}

/**
 * A throw-away bare repository beside the workspace's, with a branch and all tags of a remote as they are now. Neither
 * the person's files nor their index, refs or hooks are touched, and it does not matter whether they are at a commit,
 * a branch, or a part of the history only.
 */
export interface ReleaseStage {
  /** The repository, for another one to borrow objects from. */
  readonly folder: string;
  /** Brings branch and tags as the remote has them now. @throws Failure `remote-unreachable`, `remote-denied`, `repository-missing`. */
  fetch(): Promise<void>;
  /** The commit that the branch is at. */
  head(): Promise<string>;
  tags(): Promise<GitTag[]>;
  /** Calls git in the stage, without a setting of this machine or user. @throws Failure `command-failed`. */
  git(args: readonly string[], more?: GitInput): Promise<string>;
  /** The same for what may fail. */
  ask(args: readonly string[], more?: GitInput): Promise<Finished>;
  /** The text of a file in a commit. @returns null where there is none. @throws Failure `not-allowed` when it is none in UTF-8. */
  read(commit: string, path: string): Promise<{ mode: string; text: string } | null>;
  /**
   * Pushes all of the refs, or none when one of them is not what it was taken for.
   * @param updates `was` is what the remote has; null: nothing.
   */
  push(
    updates: readonly { ref: string; was: string | null; to: string }[],
  ): Promise<{ accepted: boolean; said: string }>;
  /** Makes a repository that has the stage's objects and these refs only. */
  derive(name: string, refs: Readonly<Record<string, string>>, head: string): Promise<string>;
  dispose(): void;
}

/** Makes a stage for a branch of a repository's remote; nothing is fetched yet. */
export async function openReleaseStage(
  repository: ReleaseRepository,
  branch: string,
  signal?: AbortSignal,
): Promise<ReleaseStage> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-release-'));
  const stage = join(folder, 'stage.git');
  const { remote } = repository;

  const ask = (args: readonly string[], more: GitInput = {}) =>
    tryRun({
      file: 'git',
      args,
      cwd: stage,
      signal,
      input: more.input,
      env: { ...stageEnvironment(), ...more.env },
    });
  const git = async (args: readonly string[], more: GitInput = {}) => {
    const env = { ...stageEnvironment(), ...more.env };
    return (await run({ file: 'git', args, cwd: stage, signal, input: more.input, env })).stdout;
  };
  const askRemote = (args: readonly string[]) =>
    tryRun({ file: 'git', args, cwd: stage, signal, timeoutMs: 600_000, env: remoteEnvironment(repository) });
  const create = async (path: string, lender: string | null) => {
    // Without a template there are no hooks, which a push from here would otherwise start.
    mkdirSync(path);
    const init = ['init', '--quiet', '--bare', '--template=', `--object-format=${repository.objectFormat}`];
    await run({ file: 'git', args: init, cwd: path, signal, env: stageEnvironment() });
    if (lender !== null) {
      mkdirSync(join(path, 'objects/info'), { recursive: true });
      writeFileSync(join(path, 'objects/info/alternates'), `${lender}\n`);
    }
  };

  try {
    await create(stage, repository.lends);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    folder: stage,
    git,
    ask,
    async fetch() {
      const refs = [`+refs/heads/${branch}:${headRef}`, `+refs/tags/*:${tagRefs}/*`];
      const options = [
        '--quiet',
        '--no-tags',
        '--prune',
        '--no-write-fetch-head',
        '--no-auto-gc',
        '--no-recurse-submodules',
      ];
      const { exitCode, stderr } = await askRemote(['fetch', ...options, 'public', ...refs]);
      if (exitCode !== 0) throw new Failure(remoteProblem(stderr, { remote: remote.name, branch }));
      // Reachability is then decided by generations of commits, not by their dates, which may be wrong.
      await git(['commit-graph', 'write', '--reachable', '--no-progress']);
    },
    head: () => git(['rev-parse', '--verify', `${headRef}^{commit}`]),
    async tags() {
      return parseTags(await git(['for-each-ref', `--format=${tagFormat}`, tagRefs]), `${tagRefs}/`);
    },
    async read(commit, path) {
      const listed = /^(\d+) blob ([0-9a-f]+)\t/.exec(await git(['ls-tree', commit, '--', path]));
      const [, mode, blob] = listed ?? [];
      if (mode === undefined || blob === undefined) return null;
      const batch = await git(['cat-file', '--batch'], { input: `${blob}\n` });
      const start = batch.indexOf('\n');
      const text = batch.slice(start + 1);
      if (mode === '120000' || Buffer.byteLength(text) !== Number(batch.slice(0, start).split(' ')[2])) {
        throw new Failure({
          code: 'not-allowed',
          where: { file: path },
          message: mode === '120000' ? 'a symbolic link cannot be released' : 'the file is no text in UTF-8',
          remedy: 'make it a file of text, or take it out of release.version_files in slipway.toml',
        });
      }
      return { mode, text };
    },
    async push(updates) {
      // With the leases nothing is replaced but what was looked at, and a tag only where there is none.
      const leases = updates.map(({ ref, was }) => `--force-with-lease=${ref}:${was ?? ''}`);
      const refs = updates.map(({ ref, to }) => `${to}:${ref}`);
      const options = [
        '--porcelain',
        '--atomic',
        '--no-verify',
        '--no-follow-tags',
        '--no-signed',
        '--no-recurse-submodules',
      ];
      const { exitCode, stdout, stderr } = await askRemote([
        'push',
        ...options,
        ...leases,
        'public',
        ...refs,
      ]);
      return { accepted: exitCode === 0, said: `${stdout}\n${stderr}`.trim() };
    },
    async derive(name, refs, head) {
      const path = join(folder, name);
      rmSync(path, { recursive: true, force: true });
      await create(path, join(stage, 'objects'));
      const input = Object.entries(refs).map(([ref, to]) => `create ${ref} ${to}\n`);
      const at = { cwd: path, signal, env: stageEnvironment() };
      await run({ file: 'git', args: ['update-ref', '--stdin'], input: input.join(''), ...at });
      await run({ file: 'git', args: ['symbolic-ref', 'HEAD', head], ...at });
      await run({ file: 'git', args: ['commit-graph', 'write', '--reachable', '--no-progress'], ...at });
      return path;
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** For git in a stage: no setting of this machine, user or caller counts. */
export function stageEnvironment(): Record<string, string | undefined> {
  return {
    ...Object.fromEntries(
      Object.keys(process.env)
        .filter(isGit)
        .map((name) => [name, undefined]),
    ),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_EDITOR: 'true',
    LC_ALL: 'C',
  };
}

/**
 * For git when it speaks to the remote: with the person's settings and those of the workspace's repository that say how.
 * They may hold a log-in, so they are neither arguments nor written down.
 */
function remoteEnvironment({ remote, settings }: ReleaseRepository): Record<string, string | undefined> {
  const given = Number(process.env.GIT_CONFIG_COUNT ?? 0) || 0;
  const all: (readonly [string, string])[] = [
    ...settings,
    ['remote.public.url', remote.url],
    ['remote.public.pushurl', remote.pushUrl],
    ['core.hooksPath', '/dev/null'],
    ['gc.auto', '0'],
  ];
  const told = all.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${given + index}`, key],
    [`GIT_CONFIG_VALUE_${given + index}`, value],
  ]);
  const own = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_COMMON_DIR', 'GIT_NAMESPACE'];
  const more = [
    'GIT_OBJECT_DIRECTORY',
    'GIT_ALTERNATE_OBJECT_DIRECTORIES',
    'GIT_SHALLOW_FILE',
    'GIT_GRAFT_FILE',
  ];
  return {
    ...Object.fromEntries([...own, ...more].map((name) => [name, undefined])),
    ...Object.fromEntries(told),
    GIT_CONFIG_COUNT: String(given + all.length),
    GIT_TERMINAL_PROMPT: '0',
    GIT_EDITOR: 'true',
    LC_ALL: 'C',
  };
}

function isGit(name: string): boolean {
  return name.startsWith('GIT_');
}
