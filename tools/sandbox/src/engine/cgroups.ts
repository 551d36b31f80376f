import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@slipway/contract';
import { readText } from '../files.ts';

/** @throws Failure `sandbox-impossible` when containers could not be kept apart. */
export function requireCgroups(): void {
  if (cgroupMounts(readText('/proc/mounts')).length > 0) return;
  throw new Failure({
    code: 'sandbox-impossible',
    message: 'no control groups are mounted on this machine (/sys/fs/cgroup), and containers need them',
    remedy: 'mount -t cgroup2 none /sys/fs/cgroup, then call the same command again',
  });
}

/** The control group all of an engine's containers live in. */
export function cgroupName(id: string): string {
  return `slipway-${id}`;
}

/** Takes away the engine's empty control groups. */
export function removeCgroups(name: string): void {
  for (const mount of cgroupMounts(readText('/proc/mounts'))) removeTree(join(mount, name));
}

/** Pure: where control groups are mounted, of either version. */
export function cgroupMounts(mounts: string): string[] {
  return mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, path]) => path ?? '');
}

/** The kernel's files in a group can't be removed, its folders can, from the innermost outwards. */
function removeTree(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  }
  try {
    rmdirSync(folder);
  } catch {
    // Something that ended a moment ago is still being taken out of it; an empty group does no harm.
  }
}
