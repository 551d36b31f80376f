import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { asFailure, askGit, isOutsideGit, readDefinition } from '@slipway/effects';
import { type PackageJson, type WorkflowFacts, workflowFacts } from './facts.ts';
import { folder, workflowPaths } from './paths.ts';

/** What the generator needs of a workspace on disk. */
export interface WorkspaceOnDisk {
  facts: WorkflowFacts;
  /** Text of each workflow that is there, by its path from the root. */
  found: Record<string, string>;
  /** Where a path from the root lies. */
  place(path: string): string;
}

/**
 * Reads a workspace's definition, `package.json`, and the workflows it has.
 * @param replace whether workflows that somebody wrote are as if they were not there.
 * @throws Failure the problems of the definition; `definition-syntax` when `package.json` is not JSON; those of
 *   `readWorkflows`; `source-unavailable` when git refuses to look at the folder.
 */
export async function readWorkspace(root: string, { replace = false } = {}): Promise<WorkspaceOnDisk> {
  const place = (path: string) => join(root, path);
  const found = readWorkflows(root);
  const files = await readNames(root);
  const isThere = (file: string) => files.includes(file);
  const around = { found: replace ? {} : found, isThere };
  return { facts: workflowFacts(readDefinition(root), readPackageJson(root), around), found, place };
}

/** Files at the root that a clone has once all is committed, as `slipway init` sees them: no runner has one that git ignores. */
async function readNames(root: string): Promise<string[]> {
  const which = ['--cached', '--others', '--exclude-standard'];
  const listed = await askGit(root, ['ls-files', '-z', ...which, '--', ':(glob)*']);
  return isOutsideGit(listed, root) ? [] : listed.stdout.split('\0').filter(Boolean);
}

/**
 * The workflows that lie where the generator's belong, by their path from the root.
 * @throws Failure `workflow-foreign` when something else than a file lies there, `not-allowed` when one cannot be read.
 */
export function readWorkflows(root: string): Record<string, string> {
  for (const path of ['.github', folder]) {
    const there = statSync(join(root, path), { throwIfNoEntry: false });
    if (there && !there.isDirectory()) throw inTheWay(path, 'a file', 'the folder of the workflows belongs');
  }
  return Object.fromEntries(
    workflowPaths.flatMap((path): [string, string][] => {
      const there = statSync(join(root, path), { throwIfNoEntry: false });
      if (there === undefined) return [];
      if (!there.isFile()) throw inTheWay(path, 'a folder', 'a workflow belongs');
      try {
        return [[path, readFileSync(join(root, path), 'utf8')]];
      } catch (error) {
        throw asFailure(error);
      }
    }),
  );
}

function inTheWay(path: string, what: string, belongs: string): Failure {
  return new Failure({
    code: 'workflow-foreign',
    where: { file: path },
    message: `${what} lies where ${belongs}`,
    remedy: `move it away: mv ${path} ${path}.old, then: npx nx run workflows:generate`,
  });
}

function readPackageJson(root: string): PackageJson {
  const file = 'package.json';
  if (!existsSync(join(root, file))) return {};
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')) as PackageJson;
  } catch (error) {
    throw new Failure({
      code: 'definition-syntax',
      where: { file },
      message: `not JSON: ${(error as Error).message}`,
      remedy: `correct ${file}`,
    });
  }
}
