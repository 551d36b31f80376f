import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { asFailure, readDefinition } from '@slipway/effects';
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
 *   `readWorkflows`.
 */
export function readWorkspace(root: string, { replace = false } = {}): WorkspaceOnDisk {
  const place = (path: string) => join(root, path);
  const found = readWorkflows(root);
  const isThere = (file: string) => existsSync(place(file));
  const around = { found: replace ? {} : found, isThere };
  return { facts: workflowFacts(readDefinition(root), readPackageJson(root), around), found, place };
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
