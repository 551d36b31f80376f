import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { publicUrl, tryRun } from '@slipway/effects';
import { pyprojectFile } from './project.ts';
import type { Repository } from './repository.ts';
import type { Written } from './written.ts';

/**
 * Reads a Python repository. Nothing in it is changed.
 * @throws Failure `definition-missing` without a pyproject.toml, `repository-missing` outside git.
 */
export async function readRepository(root: string): Promise<Repository> {
  const git = async (...args: string[]) => {
    const { exitCode, stdout } = await tryRun({ file: 'git', args, cwd: root, env: { LC_ALL: 'C' } });
    return exitCode === 0 ? stdout : undefined;
  };
  if (!existsSync(join(root, pyprojectFile))) throw noPyproject(root);
  const prefix = await git('rev-parse', '--show-prefix');
  if (prefix === undefined) throw noGit(root);
  const [origin, remotes, head, current, listed] = await Promise.all([
    git('remote', 'get-url', 'origin'),
    git('remote'),
    git('symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'),
    git('symbolic-ref', '--quiet', '--short', 'HEAD'),
    git('ls-files', '-z', '--cached', '--others', '--exclude-standard'),
  ]);
  const other = remotes?.split('\n')[0];
  const url = origin ?? (other ? await git('remote', 'get-url', other) : undefined);
  return {
    remote: publicUrl(url?.trim() ?? null),
    branch: mainBranch(head?.trim().replace(/^origin\//, ''), current?.trim()),
    prefix: prefix.trim(),
    files: listed?.split('\0').filter(Boolean) ?? [],
    pyproject: readFileSync(join(root, pyprojectFile), 'utf8'),
    existing: readExisting(root),
  };
}

/** The remote's own main branch; where it does not say, the one that is checked out is only likely. */
function mainBranch(remote: string | undefined, current: string | undefined): Written<string> {
  if (remote) return { value: remote };
  const value = current || 'main';
  if (value === 'main') return { value };
  return {
    value,
    unread: 'The branch that is checked out now; which one releases are made from is not known.',
  };
}

/** What `init` may have to change or to build on. */
function readExisting(root: string): Record<string, string> {
  const list = (folder: string) => (existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : []);
  const paths = [
    'slipway.toml',
    'package.json',
    'nx.json',
    '.gitignore',
    ...list('architectures').map((name) => `architectures/${name}/architecture.toml`),
    ...list('.github/workflows')
      .filter((name) => name.endsWith('.yml'))
      .map((name) => `.github/workflows/${name}`),
  ].filter((path) => existsSync(join(root, path)));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

function noPyproject(root: string): Failure {
  return new Failure({
    code: 'definition-missing',
    where: { file: pyprojectFile },
    message: `there is no pyproject.toml in ${root}`,
    remedy:
      'go to the folder that has it, or write one: https://packaging.python.org/en/latest/guides/writing-pyproject-toml/',
  });
}

function noGit(root: string): Failure {
  return new Failure({
    code: 'repository-missing',
    message: `${root} is in no git repository, which says what goes into an image`,
    remedy: 'git init --initial-branch=main && git add --all && git commit -m "feat: begin"',
  });
}
