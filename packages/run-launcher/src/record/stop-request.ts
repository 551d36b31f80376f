import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder } from './run-record.ts';

const file = (root: string, id: string): string => join(runFolder(root, id), 'stop-requested');

/** Notes that a run was asked to stop, for whoever will write how it ended. */
export function requestStop(root: string, id: string, now: Date): void {
  writeFileSync(file(root, id), `${now.toISOString()}\n`);
}

export const stopWasRequested = (root: string, id: string): boolean => existsSync(file(root, id));

/** For a request that did not reach the run. */
export function withdrawStop(root: string, id: string): void {
  rmSync(file(root, id), { force: true });
}
