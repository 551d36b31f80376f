import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { claim } from './claim.ts';

/**
 * Podman collects what it fetches in files below TMPDIR, layer by layer and as they come, until it has all of them: in a
 * folder of their own, they can be counted. Such folders of processes that were killed are removed first.
 * @param store where it keeps its images, which has room for them; undefined, or not to be written: nothing is watched.
 */
export async function watchDownloads(
  store: string | undefined,
  onFetched: (bytes: number) => void,
): Promise<{ env: Record<string, string>; end: () => void }> {
  const folder = store === undefined ? undefined : await newFolder(store);
  if (folder === undefined) return { env: {}, end: () => {} };
  // Podman removes a layer's file as soon as it is unpacked: what was fetched once stays counted.
  const largest = new Map<string, number>();
  const look = () => {
    for (const each of readdirSync(folder.path, { recursive: true, withFileTypes: true })) {
      if (!each.isFile()) continue;
      const path = join(each.parentPath, each.name);
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      largest.set(path, Math.max(size, largest.get(path) ?? 0));
    }
    const bytes = [...largest.values()].reduce((sum, size) => sum + size, 0);
    if (bytes > 0) onFetched(bytes);
  };
  const timer = setInterval(() => {
    try {
      look();
    } catch {
      // A folder that goes away while it is read: podman has ended.
    }
  }, 250);
  const end = () => {
    clearInterval(timer);
    rmSync(folder.path, { recursive: true, force: true });
    folder.release();
  };
  return { env: { TMPDIR: folder.path }, end };
}

/** A folder that is this process's as long as it lives. */
async function newFolder(store: string): Promise<{ path: string; release: () => void } | undefined> {
  try {
    await removeOrphans(store);
    const path = join(store, `${prefix}${process.pid}`);
    const release = await claim(path);
    if (release === null) return undefined;
    mkdirSync(path, { mode: 0o700 });
    return { path, release };
  } catch {
    // Of a store that another user keeps, or of a machine elsewhere.
    return undefined;
  }
}

const prefix = 'slipway-pull-';

async function removeOrphans(store: string): Promise<void> {
  for (const name of readdirSync(store)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(store, name);
    const release = await claim(path);
    if (release === null) continue;
    rmSync(path, { recursive: true, force: true });
    release();
  }
}
