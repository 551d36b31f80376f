import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Failure } from '@slipway/contract';
import { tryRun, writeWhole } from '@slipway/effects';
import { changedFiles, difference, nextSteps } from './describe-init.ts';
import { environmentFile } from './merge-environment.ts';
import { type PlannedFile, planInit } from './plan-init.ts';
import { readRepository } from './read-repository.ts';

/** What the caller asks for. */
export interface InitOptions {
  /** Names of architectures; default: all that suit the application. */
  architectures?: readonly string[];
  dryRun: boolean;
  /** Files that are there are changed without asking. */
  force: boolean;
}

/**
 * `slipway init`: writes what a Python repository needs.
 * @param root the folder with its pyproject.toml.
 * @returns false: a person did not agree to the changes.
 * @throws Failure what is wrong with the repository; `file-exists` when a file would have to change and nobody is there to
 *   agree. Nothing is written then.
 */
export async function init(root: string, { architectures, dryRun, force }: InitOptions): Promise<boolean> {
  const planned = planInit(await readRepository(root), { architectures, version: ownVersion() });
  const plan = { ...planned, notes: [...planned.notes, ...(await ignoredNotes(root, planned.files))] };
  const changed = changedFiles(plan);
  const there = changed.filter(({ before }) => before !== null);
  for (const file of dryRun ? changed : there) console.log(difference(file));
  if (dryRun) {
    console.log(changed.length === 0 ? nothing : `${changed.length} files would be written`);
    return true;
  }
  if (there.length > 0 && !force && !(await agreed(there))) return false;
  for (const { path, before, after } of changed) {
    writeWhole(join(root, path), after);
    console.log(`${path}: ${before === null ? 'written' : 'changed'}`);
  }
  if (changed.length === 0) console.log(nothing);
  console.log(nextSteps(plan, existsSync(join(root, 'node_modules/@slipway/base-images'))));
  return true;
}

const nothing = 'everything is there already: nothing was changed';

async function agreed(files: readonly PlannedFile[]): Promise<boolean> {
  const names = files.map(({ path }) => path).join(', ');
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new Failure({
      code: 'file-exists',
      message: `${names} would have to change as shown above, and nobody is there to agree; nothing was written`,
      remedy: 'npx slipway init --force',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([terminal.question(`Change ${names} as shown above? [y/N] `), closed]);
    if (/^y(es)?$/i.test(answer.trim())) return true;
    console.log('nothing was written');
    return false;
  } finally {
    terminal.close();
  }
}

/** git leaves out what it ignores: a commit would lack it, and so would every workflow. */
async function ignoredNotes(root: string, files: readonly PlannedFile[]): Promise<string[]> {
  // Whoever has that file already keeps secrets there, perhaps.
  const shared = files.filter(({ path, before }) => path !== environmentFile || before === null);
  const paths = shared.map(({ path }) => path);
  const { stdout } = await tryRun({ file: 'git', args: ['check-ignore', '--', ...paths], cwd: root });
  const ignored = stdout.split('\n').filter(Boolean);
  if (ignored.length === 0) return [];
  return [
    `git ignores ${ignored.join(', ')} by a line of .gitignore: take it out, or add them with git add --force.`,
  ];
}

/** The version of this package, which the workspace is to have. */
function ownVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
