import { existsSync, statfsSync } from 'node:fs';

/** Free bytes where a folder of this machine lies; undefined: it is not here, since an engine elsewhere named it. */
export function freeBytes(folder = ''): number | undefined {
  if (!existsSync(folder)) return undefined;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
