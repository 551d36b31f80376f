import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PullProgress } from './container-engine.ts';

/**
 * Podman tells a program nothing of how far it is. It collects what it fetches in files below TMPDIR, layer by layer and as
 * they come, until it has all of them: in a folder of their own, they can be counted.
 * @param store where it keeps its images, which has room for them; undefined, or not to be written: nothing is watched.
 */
export function watchDownloads(
  store: string | undefined,
  onProgress: (progress: PullProgress) => void,
): { env: Record<string, string>; end: () => void } {
  const folder = store === undefined ? undefined : newFolder(store);
  if (folder === undefined) return { env: {}, end: () => {} };
  const look = () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) =>
      each.isFile(),
    );
    const sizes = files.map(
      ({ parentPath, name }) => statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0,
    );
    const fetchedBytes = sizes.reduce((sum, size) => sum + size, 0);
    if (fetchedBytes > 0) onProgress({ fetchedBytes });
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
    rmSync(folder, { recursive: true, force: true });
  };
  return { env: { TMPDIR: folder }, end };
}

function newFolder(store: string): string | undefined {
  try {
    return mkdtempSync(join(store, 'slipway-pull-'));
  } catch {
    // Of a store that another user keeps, or of a machine elsewhere.
    return undefined;
  }
}
