import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { readDefinition } from '@slipway/effects';
import { type PackageJson, type WorkflowFacts, workflowFacts } from './facts.ts';
import { workflowPaths } from './workflows.ts';

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
 * @throws Failure the problems of the definition; `definition-syntax` when `package.json` is not JSON.
 */
export function readWorkspace(root: string): WorkspaceOnDisk {
  const place = (path: string) => join(root, path);
  const facts = workflowFacts(readDefinition(root), readPackageJson(root));
  const there = workflowPaths.filter((path) => existsSync(place(path)));
  const found = Object.fromEntries(there.map((path) => [path, readFileSync(place(path), 'utf8')]));
  return { facts, found, place };
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
