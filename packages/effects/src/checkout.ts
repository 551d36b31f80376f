import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { hostEnvironment } from './git-tree.ts';
import { run } from './process.ts';

/**
 * Brings a git repository at a branch, tag or commit into a folder, with the log-in of the person who calls (SSH agent,
 * credential helper). Nothing is asked for on the terminal, and host keys are checked as that person's SSH does.
 * @returns the commit that the ref is now, and the branch when the ref is one.
 * @throws Failure `source-unavailable`.
 */
export async function checkoutSource(
  source: { url: string; ref: string },
  folder: string,
): Promise<{ commit: string; branch: string | null }> {
  const git = (...args: string[]) =>
    run(
      {
        file: 'git',
        args: ['-C', folder, ...args],
        env: { ...hostEnvironment(), GIT_TERMINAL_PROMPT: '0' },
        timeoutMs: 300_000,
      },
      {
        code: 'source-unavailable',
        remedy: `check that you may read ${source.url} and that ${source.ref} exists: git ls-remote ${source.url}`,
      },
    );
  mkdirSync(folder, { recursive: true });
  if (!existsSync(`${folder}/.git`)) await git('init', '--quiet');
  await git('fetch', '--quiet', '--depth=1', source.url, source.ref);
  await git('checkout', '--quiet', '--force', '--detach', 'FETCH_HEAD');
  await git('clean', '--quiet', '-ffdx');
  const commit = (await git('rev-parse', 'HEAD')).stdout.trim();
  return { commit, branch: fetchedBranch(readFileSync(`${folder}/.git/FETCH_HEAD`, 'utf8')) };
}

/** What git noted of the ref that it fetched: `<commit>\t\tbranch 'main' of <url>`; null for a tag or a commit. */
function fetchedBranch(note: string): string | null {
  return /^[0-9a-f]+\t[^\t]*\tbranch '(.+)' of /.exec(note)?.[1] ?? null;
}
