import { run } from '@slipway/effects';
import { readText } from '../files.ts';

/** Takes away every mount below the folders. */
export async function unmountBelow(folders: readonly string[]): Promise<void> {
  // Several rounds: a mount can hide another one at the same place.
  for (let round = 0; round < 5; round += 1) {
    const found = mountsBelow(readText('/proc/self/mountinfo'), folders);
    if (found.length === 0) return;
    for (const path of found) await run({ file: 'umount', args: ['-l', path] }).catch(() => {});
  }
}

/** Pure: the mount points of `/proc/self/mountinfo` below the folders, deepest first. */
export function mountsBelow(mountinfo: string, folders: readonly string[]): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((path) => path.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((path) => folders.some((folder) => path === folder || path.startsWith(`${folder}/`)))
    .sort((a, b) => b.length - a.length);
}
