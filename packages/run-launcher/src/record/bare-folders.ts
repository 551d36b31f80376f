import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder, runsFolder } from './run-record.ts';

/**
 * Ids of runs and shells whose folder holds nothing but a plan: their launcher is about to do something, or was killed
 * before it did.
 */
export function bareFolders(root: string): string[] {
  const ids = namesIn(join(root, runsFolder)) ?? [];
  return ids.filter((id) => isBare(runFolder(root, id)));
}

export function isBare(folder: string): boolean {
  // A part is what somebody was writing who was killed.
  const others = namesIn(folder)?.filter((name) => !/^(?:plan\.json|output|.*\.part)$/.test(name));
  return others?.length === 0 && !holdsSomething(join(folder, 'output'));
}

/** Whether there is something in a folder, or may be. */
export function holdsSomething(folder: string): boolean {
  // One that may not be read belongs to the container's user, who wrote there.
  return existsSync(folder) && namesIn(folder)?.length !== 0;
}

function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}
