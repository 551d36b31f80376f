import { quoteForShell } from '@slipway/contract';
import { rcloneMount } from '../plan/plan-mounts.ts';
import type { Check } from './check.ts';
import { unreadableInside } from './readable-inside.ts';

/** Whether the rclone configuration is there, and read by the user in the container and nobody else: it holds the keys of buckets. */
export const rclone: Check = {
  name: 'rclone',
  forcible: true,
  look(plan, facts) {
    const { paths, here } = facts;
    if (plan === null || !here) return [];
    const mount = rcloneMount(plan);
    if (mount === undefined) return [];
    const found = paths[mount.source];
    const file = found?.kind === 'folder' ? `${mount.source}/rclone.conf` : mount.source;
    const configuration = paths[file];
    if (configuration?.kind !== 'file') {
      return [
        {
          severity: 'error',
          code: 'folder-missing',
          found: `there is no rclone configuration at ${file}`,
          remedy: 'make one with rclone config, or name its folder with --rclone',
        },
      ];
    }
    if (found?.kind === 'folder' && facts.rcloneLink) {
      return [
        {
          severity: 'error',
          code: 'folder-missing',
          found: `${facts.rcloneLink} is an absolute link, or one out of the folder, which leads nowhere in the container`,
          remedy: `name the file itself: --rclone ${quoteForShell(configuration.real ?? file)}`,
        },
      ];
    }
    const mode = configuration.mode.toString(8);
    if ((configuration.mode & 0o077) !== 0) {
      return [
        {
          severity: 'error',
          code: 'key-unsafe',
          found: `${file} has mode ${mode}: others may read the keys of your buckets`,
          remedy: `chmod 600 ${quoteForShell(file)}`,
        },
      ];
    }
    const unreadable = unreadableInside(file, file, { found: configuration, plan, facts });
    if (unreadable !== null) return [unreadable];
    return [{ severity: 'ok', found: `${file} is there, with mode ${mode}` }];
  },
};
