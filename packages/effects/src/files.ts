import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { tryRun } from './process.ts';

/** A file by what it is: path relative to the listed folder, git's executable bit, hash of its content. */
export interface ListedFile {
  path: string;
  executable: boolean;
  sha256: string;
  link?: string;
}

/**
 * Lists the files of a folder as git would commit them now: tracked ones with their present content and new ones that
 * are not ignored. A folder outside git is listed whole.
 * @throws Failure `definition-invalid` when the folder does not exist or holds no file.
 */
export async function listFiles(folder: string): Promise<ListedFile[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  if (!existsSync(folder)) throw noFile(folder);
  const listing = await tryRun({ file: 'git', args, cwd: folder, env: { LC_ALL: 'C' } });
  // Without git's list of what is ignored, secrets and caches would be taken along.
  if (listing.exitCode !== 0 && !/not a git repository/i.test(listing.stderr)) {
    throw new Failure({
      code: 'source-unavailable',
      message: `git cannot list ${folder}: ${listing.stderr.trim().split('\n')[0]}`,
      remedy: 'follow what git says, then start the same command again',
    });
  }
  const paths =
    listing?.exitCode === 0 ? [...new Set(listing.stdout.split('\0').filter(Boolean))] : walk(folder);
  const files = paths.sort().flatMap((path) => read(folder, path));
  if (files.length > 0) return files;
  throw noFile(folder);
}

function noFile(folder: string): Failure {
  return new Failure({
    code: 'definition-invalid',
    where: { file: 'slipway.toml' },
    message: `the folder ${folder} holds no file of a source tree`,
    remedy: 'name the folder of the application or companion as its source, relative to the workspace',
  });
}

function read(folder: string, path: string): ListedFile[] {
  const whole = join(folder, path);
  const status = lstatSync(whole, { throwIfNoEntry: false });
  if (status?.isSymbolicLink()) {
    const link = readlinkSync(whole);
    return [{ path, executable: false, sha256: sha256(link), link }];
  }
  // Deleted but still tracked, or a submodule: neither is a file to build with.
  if (!status?.isFile()) return [];
  return [{ path, executable: (status.mode & 0o111) !== 0, sha256: sha256(readFileSync(whole)) }];
}

function walk(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (path) => !/(^|\/)\.git(\/|$)/.test(path),
    );
  } catch {
    return [];
  }
}

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
