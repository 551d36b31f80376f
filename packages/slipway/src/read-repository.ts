import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { publicUrl, tryRun } from '@slipway/effects';
import { readWorkflows } from '@slipway/workflows/generator';
import { environmentFile, otherEnvironmentFiles } from './merge-environment.ts';
import { pyprojectFile } from './pyproject-file.ts';
import { referredFiles } from './referred-files.ts';
import type { Repository } from './repository.ts';
import type { Written } from './written.ts';

/**
 * Reads a Python repository. Nothing in it is changed.
 * @throws Failure `definition-missing` without a pyproject.toml, `repository-missing` outside git, `file-exists` when
 *   something else than a file or a folder lies where one belongs.
 */
export async function readRepository(root: string): Promise<Repository> {
  const git = async (...args: string[]) => {
    const { exitCode, stdout } = await tryRun({ file: 'git', args, cwd: root, env: { LC_ALL: 'C' } });
    return exitCode === 0 ? stdout : undefined;
  };
  if (!existsSync(join(root, pyprojectFile))) throw noPyproject(root);
  const prefix = await git('rev-parse', '--show-prefix');
  if (prefix === undefined) throw noGit(root);
  const [origin, remotes, head, current, branches, listed] = await Promise.all([
    git('remote', 'get-url', 'origin'),
    git('remote'),
    git('symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'),
    git('symbolic-ref', '--quiet', '--short', 'HEAD'),
    git('for-each-ref', '--format=%(refname:short)', 'refs/heads', 'refs/remotes/origin'),
    git('ls-files', '-z', '--cached', '--others', '--exclude-standard'),
  ]);
  const other = remotes?.split('\n')[0];
  const url = origin ?? (other ? await git('remote', 'get-url', other) : undefined);
  const files = listed?.split('\0').filter(Boolean) ?? [];
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const pyproject = read(pyprojectFile);
  const referred = referredFiles(pyproject, files).filter((path) => existsSync(join(root, path)));
  return {
    remote: publicUrl(url?.trim() ?? null),
    branch: mainBranch(head?.trim().replace(/^origin\//, ''), current?.trim(), branches?.split('\n') ?? []),
    prefix: prefix.trim(),
    files,
    pyproject,
    texts: Object.fromEntries(referred.map((path) => [path, read(path)])),
    existing: readExisting(root),
  };
}

/** The remote's own main branch; where it does not say, one of the usual names, else the one that is checked out. */
function mainBranch(
  remote: string | undefined,
  current: string | undefined,
  branches: readonly string[],
): Written<string> {
  if (remote) return { value: remote };
  const usual = ['main', 'master'].find(
    (name) => name === current || branches.includes(name) || branches.includes(`origin/${name}`),
  );
  if (usual !== undefined) return { value: usual };
  const value = current || 'main';
  return {
    value,
    unread: 'The branch that is checked out now; which one releases are made from is not known.',
  };
}

/** What `init` may have to change or to build on. */
function readExisting(root: string): Record<string, string> {
  const kindOf = (path: string) => statSync(join(root, path), { throwIfNoEntry: false });
  const folder = kindOf('architectures');
  if (folder && !folder.isDirectory()) {
    throw inTheWay('architectures', 'a file', 'the folder of the architectures belongs');
  }
  const names = folder ? readdirSync(join(root, 'architectures')) : [];
  const paths = [
    'slipway.toml',
    'package.json',
    'nx.json',
    '.gitignore',
    environmentFile,
    ...names.map((name) => `architectures/${name}/architecture.toml`),
  ].filter((path) => {
    const there = existsSync(join(root, path)) ? kindOf(path) : undefined;
    if (there?.isDirectory()) throw inTheWay(path, 'a folder', 'a file belongs');
    return there !== undefined;
  });
  // Only looked into: a folder `.env` may be somebody's virtual environment.
  const looked = otherEnvironmentFiles.filter((path) => kindOf(path)?.isFile());
  const texts = Object.fromEntries(
    [...paths, ...looked].map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  );
  return { ...texts, ...readWorkflows(root) };
}

function inTheWay(path: string, what: string, belongs: string): Failure {
  return new Failure({
    code: 'file-exists',
    where: { file: path },
    message: `${what} lies where ${belongs}`,
    remedy: `move it away: mv ${path} ${path}.old`,
  });
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
