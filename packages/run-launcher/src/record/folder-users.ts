import { sep } from 'node:path';
import { type RunRecord, runFolder } from './run-record.ts';

/**
 * Whose folders must not be removed with their records, since a run that stays uses something in them: as its output, where
 * its own results lie, or as data.
 * @param going runs whose folders are to be removed.
 * @param writing folders that runs of any workspace write into now.
 * @returns id -> who uses its folder.
 */
export function folderUsers(
  root: string,
  {
    going,
    staying,
    writing,
  }: { going: readonly RunRecord[]; staying: readonly RunRecord[]; writing: readonly Writer[] },
): Map<string, string> {
  const used = new Map<string, string>();
  const users = staying.map((record) => ({ id: record.id, uses: usesOf(record) }));
  users.push(
    ...writing.map(({ id, output }) => ({ id, uses: (folder: string) => isWithin(output, folder) })),
  );
  // One that has to stay for that reason is a user, too.
  for (let user = users.shift(); user !== undefined; user = users.shift()) {
    for (const record of going) {
      if (record.id === user.id || used.has(record.id) || !user.uses(runFolder(root, record.id))) continue;
      used.set(record.id, user.id);
      users.push({ id: record.id, uses: usesOf(record) });
    }
  }
  return used;
}

/** A run that is under way, and where it writes. */
export interface Writer {
  id: string;
  output: string;
}

/** What lies above the folder is in use as long as the run is under way only: a whole workspace may have been data. */
const usesOf =
  ({ plan, outcome }: RunRecord) =>
  (folder: string): boolean =>
    plan.mounts.some(
      ({ source }) => isWithin(source, folder) || (outcome === 'running' && isWithin(folder, source)),
    );

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
