import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { Failure, type Problem } from '@slipway/contract';
import { askGit, isOutsideGit } from './git-tree.ts';

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
 * @throws Failure `definition-invalid` when the folder does not exist or holds no file, `secret-in-source` when a file
 *   that git does not track is a private key or holds log-ins.
 */
export async function listFiles(folder: string): Promise<ListedFile[]> {
  if (!existsSync(folder)) throw noFile(folder);
  const tracked = await askGit(folder, ['ls-files', '-z', '--cached']);
  // Without git's list of what is ignored, secrets and caches would be taken along.
  const outside = isOutsideGit(tracked, folder);
  const others = outside
    ? undefined
    : await askGit(folder, ['ls-files', '-z', '--others', '--exclude-standard']);
  if (others) isOutsideGit(others, folder);
  const known = outside ? [] : tracked.stdout.split('\0').filter(Boolean);
  const fresh = others?.stdout.split('\0').filter(Boolean) ?? walk(folder);
  refuseSecrets(folder, fresh);
  const files = [...new Set([...known, ...fresh])].sort().flatMap((path) => read(folder, path));
  if (files.length > 0) return files;
  throw noFile(folder);
}

/** What nobody committed is often there by accident, and would be in every image. A committed file was looked at. */
function refuseSecrets(folder: string, untracked: readonly string[]): void {
  const problems = [...untracked].sort().flatMap((path): Problem[] => {
    const file = join(folder, path);
    const secret = lstatSync(file, { throwIfNoEntry: false })?.isFile() ? secretIn(file) : undefined;
    if (secret === undefined) return [];
    return [
      {
        code: 'secret-in-source',
        where: { file },
        message: `${path} ${secret}, and would go into the image with the source tree`,
        remedy: `add it to .gitignore, or move it out of ${folder}`,
      },
    ];
  });
  if (problems.length > 0) throw new Failure(problems);
}

function secretIn(file: string): string | undefined {
  const name = basename(file);
  if (/^[._]netrc$|^\.git-credentials$|^\.pypirc$/.test(name)) return 'is where programs keep log-ins';
  if (/^id_(?:rsa|dsa|ecdsa|ed25519)$/.test(name)) return 'is named as SSH names private keys';
  return isPrivateKey(file) ? 'is a private key' : undefined;
}

function isPrivateKey(file: string): boolean {
  const start = Buffer.alloc(256);
  const opened = openSync(file, 'r');
  try {
    const length = readSync(opened, start);
    return /^\s*-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/.test(
      start.toString('utf8', 0, length),
    );
  } finally {
    closeSync(opened);
  }
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
