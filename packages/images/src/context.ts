import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '@slipway/contract';
import { fetchFile, writeGitFolder } from '@slipway/effects';
import type { BuildContext, ContextFile } from './plan.ts';

/**
 * Lays out a build context in an empty folder, so that the builder sees exactly the files that the key was made of:
 * same names, contents and executable bits, nothing else, whatever the umask or a change under way. A source tree of a
 * repository of its own gets its part of a `.git`.
 * @throws Failure `plan-outdated` when a file is no longer what the plan says, or a commit is gone.
 */
export async function stageContext(root: string, context: BuildContext, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [path, text] of Object.entries(context.texts ?? {})) write(join(folder, path), text, false);
  for (const { name, ...remote } of context.downloads ?? [])
    copyFileSync(await fetchFile(remote), join(folder, name));
  for (const file of context.files) {
    const source = join(root, file.from ?? file.path);
    const target = join(folder, file.path);
    if (file.link !== undefined) {
      mkdirSync(dirname(target), { recursive: true });
      if (linkAt(source) !== file.link) throw outdated(file, 'not the link');
      symlinkSync(file.link, target);
      continue;
    }
    const content = readIfThere(source);
    if (content === undefined || createHash('sha256').update(content).digest('hex') !== file.sha256) {
      throw outdated(file, content === undefined ? 'gone' : 'not the one');
    }
    write(target, content, file.executable);
  }
  for (const { path, from, part, neutral, ...checkout } of context.checkouts ?? []) {
    await writeGitFolder(join(root, from), checkout, neutral, part, join(folder, path));
  }
  openFolders(folder);
}

function outdated(file: ContextFile, what: string): Failure {
  return new Failure({
    code: 'plan-outdated',
    where: { file: file.from ?? file.path },
    message: `the file is ${what} that the plan was made for`,
    remedy: 'make the plan again, or restore the file',
  });
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Folders get the one mode that git knows for them, which mkdir leaves to the umask. */
function openFolders(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), 0o755);
  }
}

function write(path: string, content: string | Buffer, executable: boolean): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, executable ? 0o755 : 0o644);
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
