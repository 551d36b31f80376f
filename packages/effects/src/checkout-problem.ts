import type { Problem } from '@slipway/contract';
import { publicUrl } from './git-tree.ts';

/** Of git and SSH: what only repeats that it failed. */
const empty = [
  /^fatal: Could not read from remote repository\.$/,
  /^Please make sure you have the correct access rights$/,
  /^and the repository exists\.$/,
  /^$/,
];

/**
 * Why a source could not be fetched, from what git and the SSH that it called printed.
 * @param folder where it would have been laid out.
 */
export function checkoutProblem(
  source: { url: string; ref: string },
  folder: string,
  stderr: string,
): Problem {
  const url = publicUrl(source.url) ?? source.url;
  const said = stderr.replaceAll(source.url, url).split(/\r?\n/);
  const lines = said.filter((line) => !empty.some((pattern) => pattern.test(line.trim())));
  const problem = (
    message: string,
    remedy: string,
    code: Problem['code'] = 'source-unavailable',
  ): Problem => ({
    code,
    where: { file: 'slipway.toml' },
    message,
    remedy,
  });
  const about = (pattern: RegExp) => lines.some((line) => pattern.test(line));
  if (about(/no space left on device/i)) {
    return {
      code: 'disk-full',
      message: `there is no space left to fetch ${url} into ${folder}`,
      remedy: 'free some, then start the same command again',
    };
  }
  if (about(/REMOTE HOST IDENTIFICATION HAS CHANGED/)) {
    return problem(
      `the host key of ${hostOf(url)} is another one than the one that SSH knows`,
      `ask whoever runs it whether its key was changed; if so: ssh-keygen -R '${knownName(url)}', and add the new one`,
      'host-key-unknown',
    );
  }
  if (about(/Host key verification failed/)) {
    return problem(
      `SSH does not know the host key of ${hostOf(url)}, so ${url} was not fetched`,
      `compare the key with what whoever runs it publishes, and add it: ssh-keyscan ${scanned(url)} >> ~/.ssh/known_hosts`,
      'host-key-unknown',
    );
  }
  if (about(/Permission denied|could not read (?:Username|Password)|Authentication failed/i)) {
    return problem(
      `${url} wants a log-in, and none that this machine has was taken: ${lines.at(-1)?.trim()}`,
      `${/^https?:/.test(url) ? 'set up a credential helper of git' : 'add your key to the agent (ssh-add; ssh-add -l lists those there)'}, then try it: git ls-remote ${url}`,
    );
  }
  if (about(/couldn't find remote ref|not our ref|no such remote ref/i)) {
    return problem(
      `${url} has no ${source.ref}: neither a branch nor a tag nor a commit`,
      `see which there are, and correct it: git ls-remote ${url}`,
    );
  }
  if (about(/\.lock': File exists/)) {
    return problem(
      `${folder} was left by a command that was killed, or another one is at it: ${lines[0]}`,
      `wait for the other one, or remove what was left: rm -rf ${folder}`,
    );
  }
  return problem(
    `git could not fetch ${source.ref} from ${url}:\n  | ${lines.slice(-6).join('\n  | ')}`,
    `check that you may read it: git ls-remote ${url}`,
  );
}

/** Host and port of `ssh://user@host:port/path`, `git@host:path` or an address of the web. */
function addressOf(url: string): { host: string; port: string | undefined } {
  const [, host = '', port] =
    /^[a-z+]+:\/\/(?:[^@/]*@)?([^:/]+)(?::(\d+))?/i.exec(url) ?? /^(?:[^@/]*@)?([^:/]+):/.exec(url) ?? [];
  return { host, port };
}

function hostOf(url: string): string {
  const { host, port } = addressOf(url);
  return port === undefined ? host : `${host}:${port}`;
}

/** As `known_hosts` has it. */
function knownName(url: string): string {
  const { host, port } = addressOf(url);
  return port === undefined || port === '22' ? host : `[${host}]:${port}`;
}

/** As `ssh-keyscan` takes it. */
function scanned(url: string): string {
  const { host, port } = addressOf(url);
  return port === undefined ? host : `-p ${port} ${host}`;
}
