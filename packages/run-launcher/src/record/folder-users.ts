import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { type RunRecord, runFolder } from './run-record.ts';

/** A run or shell that uses folders: as its output, where its own results lie, or as data. */
export interface FolderUser {
  id: string;
  sources: readonly string[];
  /** Whether it is under way. */
  open: boolean;
}

/** What must be known of a run to tell whose folders it uses. */
type UsingRun = Pick<RunRecord, 'id' | 'outcome'> & { plan: Pick<RunRecord['plan'], 'mounts'> };

/**
 * Whose folders must not be removed with their records, since a run that stays uses something in them.
 * @param going runs whose folders are to be removed.
 * @param open what is under way in any workspace.
 * @returns id -> who uses its folder.
 */
export function folderUsers(
  root: string,
  {
    going,
    staying,
    open,
  }: { going: readonly UsingRun[]; staying: readonly UsingRun[]; open: readonly FolderUser[] },
): Map<string, string> {
  const used = new Map<string, string>();
  const users = [...staying.map(userOf), ...open].map(withRealSources);
  // One that has to stay for that reason is a user, too.
  for (let user = users.shift(); user !== undefined; user = users.shift()) {
    for (const record of going) {
      const folder = realPath(runFolder(root, record.id));
      // What is under way in a folder of its own is in use, whatever its record says.
      if ((record.id === user.id && !user.open) || used.has(record.id) || !uses(user, folder)) continue;
      used.set(record.id, user.id);
      users.push(withRealSources(userOf(record)));
    }
  }
  return used;
}

const userOf = ({ id, plan, outcome }: UsingRun): FolderUser => ({
  id,
  sources: plan.mounts.map(({ source }) => source),
  open: outcome === 'running',
});

const withRealSources = (user: FolderUser): FolderUser => ({ ...user, sources: user.sources.map(realPath) });

/** What lies above the folder is in use as long as the run is under way only: a whole workspace may have been data. */
const uses = ({ sources, open }: FolderUser, folder: string): boolean =>
  sources.some((source) => isWithin(source, folder) || (open && isWithin(folder, source)));

/** Data may be named by a symlink. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
