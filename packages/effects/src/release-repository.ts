import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '@slipway/contract';
import { askGit, publicUrl } from './git-tree.ts';

/** What a release has to know of the repository that a workspace lies in. Nothing in it is changed. */
export interface ReleaseRepository {
  /** The workspace's place in it: empty, or a path that ends with a slash. */
  prefix: string;
  /** The commit that is checked out, on a branch or not; null: there is none yet. */
  head: string | null;
  /** A part of the history only. */
  shallow: boolean;
  objectFormat: string;
  /** The folder of its objects; null where some of them are missing. */
  lends: string | null;
  /** Its own tags, by name. */
  tags: Readonly<Record<string, string>>;
  remote: {
    /** As it was asked for. */
    name: string;
    url: string;
    pushUrl: string;
    /** As everyone may read it; null: a folder of this machine, or unknown. */
    link: string | null;
  };
  /** Its own settings of how remotes are reached. May hold a log-in. */
  settings: readonly (readonly [key: string, value: string])[];
  /** Who makes commits and tags here: `Name <address>`; null: nobody is configured. */
  identity: string | null;
}

/**
 * Reads the repository of a workspace.
 * @param remote the name of a remote, or a URL.
 * @throws Failure `repository-missing`.
 */
export async function readReleaseRepository(root: string, remote: string): Promise<ReleaseRepository> {
  const git = (...args: string[]) => askGit(root, args);
  const place = await git('rev-parse', '--show-prefix');
  if (place.exitCode !== 0) {
    throw new Failure({
      code: 'repository-missing',
      message: `the workspace is in no git repository: ${place.stderr.trim().split('\n')[0]}`,
      remedy: 'clone the repository that is to be released, and call the same command there',
    });
  }
  const [top, head, shallow, format, objects, tags, config, identity] = await Promise.all([
    git('rev-parse', '--show-toplevel'),
    git('rev-parse', '--verify', '--quiet', 'HEAD^{commit}'),
    git('rev-parse', '--is-shallow-repository'),
    git('rev-parse', '--show-object-format'),
    git('rev-parse', '--path-format=absolute', '--git-path', 'objects'),
    git('for-each-ref', '--format=%(objectname) %(refname:lstrip=2)', 'refs/tags'),
    git('config', '--local', '--includes', '--list', '-z'),
    git('-c', 'user.useConfigOnly=true', 'var', 'GIT_COMMITTER_IDENT'),
  ]);
  const settings = parseSettings(config.stdout);
  const partial = settings.some(([key]) => /^(extensions\.partialclone|remote\..*\.promisor)$/i.test(key));
  const isShallow = shallow.stdout.trim() === 'true';
  return {
    prefix: place.stdout.trim(),
    head: head.exitCode === 0 ? head.stdout.trim() : null,
    shallow: isShallow,
    objectFormat: format.stdout.trim() || 'sha1',
    lends: isShallow || partial || /["\n]/.test(objects.stdout) ? null : objects.stdout.trim(),
    tags: Object.fromEntries(
      tags.stdout.split('\n').flatMap((line) => {
        const space = line.indexOf(' ');
        return space === -1 ? [] : [[line.slice(space + 1), line.slice(0, space)]];
      }),
    ),
    remote: await readRemote(root, top.stdout.trim(), remote),
    settings: settings.filter(([key]) => concernsRemotes.test(key)),
    identity: identity.exitCode === 0 ? identity.stdout.replace(/ \d+ [+-]\d+\s*$/, '') : null,
  };
}

/** The full id of what a person calls a commit. @returns null where the repository has no such thing. */
export async function resolveCommit(root: string, name: string): Promise<string | null> {
  const asked = await askGit(root, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${name}^{commit}`,
  ]);
  return asked.exitCode === 0 ? asked.stdout.trim() : null;
}

const concernsRemotes = /^(http|credential|url|ssh|protocol)\.|^core\.(sshcommand|gitproxy|askpass)$/i;

async function readRemote(root: string, top: string, name: string): Promise<ReleaseRepository['remote']> {
  const urls = await askGit(root, ['remote', 'get-url', '--', name]);
  const isUrl = /:|\//.test(name);
  if (urls.exitCode !== 0 && !isUrl) {
    throw new Failure({
      code: 'repository-missing',
      message: `there is no remote "${name}"`,
      remedy: `git remote add ${name} <URL>, or name another one: --remote=<name>`,
    });
  }
  const push = await askGit(root, ['remote', 'get-url', '--push', '--', name]);
  const url = urls.exitCode === 0 ? firstLine(urls.stdout) : name;
  const place = (text: string) => {
    // A relative path is one of the repository; from the stage it would lead elsewhere.
    const path = resolve(top || root, text);
    return !/^[a-z][a-z0-9+.-]*:/i.test(text) && existsSync(path) ? path : text;
  };
  const link = publicUrl(url);
  const hosted = link !== null && !link.startsWith('file:') && /^([a-z+]+:\/\/|[^/]+@?[^/]+:)/i.test(link);
  return {
    name: urls.exitCode === 0 ? name : (publicUrl(name) ?? 'the remote'),
    url: place(url),
    pushUrl: place(push.exitCode === 0 ? firstLine(push.stdout) : url),
    link: hosted ? link : null,
  };
}

function parseSettings(printed: string): [string, string][] {
  return printed.split('\0').flatMap((entry): [string, string][] => {
    const end = entry.indexOf('\n');
    return end === -1 ? [] : [[entry.slice(0, end), entry.slice(end + 1)]];
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
