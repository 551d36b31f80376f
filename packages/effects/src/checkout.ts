import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { Failure } from '@slipway/contract';
import { checkoutProblem } from './checkout-problem.ts';
import { hostEnvironment } from './git-tree.ts';
import { type Finished, tryRun } from './process.ts';

/**
 * Brings a git repository at a branch, tag or commit into a folder, with the log-in of the person who calls (SSH agent,
 * credential helper). Nothing is asked for on the terminal, and host keys are checked as that person's SSH does: one that
 * it does not know is refused.
 * @returns the commit that the ref is now, and the branch when the ref is one.
 * @throws Failure `source-unavailable`, `host-key-unknown`, `disk-full`.
 */
export async function checkoutSource(
  source: { url: string; ref: string },
  folder: string,
): Promise<{ commit: string; branch: string | null }> {
  const ssh = await quietSsh();
  const git = async (...args: string[]): Promise<Finished> => {
    const finished = await tryRun({
      file: 'git',
      args: ['-C', folder, ...args],
      // In words that can be told apart.
      env: { ...hostEnvironment(), ...ssh, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
      timeoutMs: 300_000,
    });
    if (finished.exitCode === 0) return finished;
    throw new Failure(checkoutProblem(source, folder, finished.stderr));
  };
  mkdirSync(folder, { recursive: true });
  if (!existsSync(`${folder}/.git`)) await git('init', '--quiet');
  await git('fetch', '--quiet', '--depth=1', source.url, source.ref);
  await git('checkout', '--quiet', '--force', '--detach', 'FETCH_HEAD');
  await git('clean', '--quiet', '-ffdx');
  const commit = (await git('rev-parse', 'HEAD')).stdout.trim();
  return { commit, branch: fetchedBranch(readFileSync(`${folder}/.git/FETCH_HEAD`, 'utf8')) };
}

/**
 * Tells the SSH that git would call to ask nothing: it turns to the terminal by itself, whatever git was told, and would
 * wait there for an answer about a host key. Another program in SSH's place is left as it is.
 */
async function quietSsh(): Promise<Record<string, string>> {
  if (process.env.GIT_SSH_COMMAND === undefined && process.env.GIT_SSH !== undefined) return {};
  const configured = async () =>
    (await tryRun({ file: 'git', args: ['config', '--get', 'core.sshCommand'], env: hostEnvironment() }))
      .stdout;
  const command = process.env.GIT_SSH_COMMAND?.trim() || (await configured()).trim() || 'ssh';
  // The first value of an option counts, so those of the caller stay.
  return /^(?:\S*\/)?ssh(?:\s|$)/.test(command) ? { GIT_SSH_COMMAND: `${command} -o BatchMode=yes` } : {};
}

/** What git noted of the ref that it fetched: `<commit>\t\tbranch 'main' of <url>`; null for a tag or a commit. */
function fetchedBranch(note: string): string | null {
  return /^[0-9a-f]+\t[^\t]*\tbranch '(.+)' of /.exec(note)?.[1] ?? null;
}
