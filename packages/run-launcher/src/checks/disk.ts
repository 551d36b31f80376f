import { formatSize } from '@slipway/contract';
import type { Check } from './check.ts';

/** Disk that an image takes for each compressed byte, unpacked; measured at torch's layers: 5.1 GB from 2.47 GB. */
const unpacked = 2.1;

/** Whether there is room for the image, before any of it is pulled. */
export const disk: Check = {
  name: 'disk',
  forcible: true,
  needsImage: true,
  look(plan, { host, imagePresent }) {
    const free = host.engine?.diskFreeBytes ?? null;
    if (free === null) return [];
    if (plan === null)
      return [{ severity: 'ok', found: `${formatSize(free)} of the engine's disk are free` }];
    if (imagePresent) return [{ severity: 'ok', found: 'the engine has the image' }];
    if (plan.image.bytes === null) return [];
    // While it is unpacked, an engine keeps what it fetched too.
    const needed = Math.round(plan.image.bytes * (1 + unpacked));
    const sentence = `the image takes about ${formatSize(needed)} (${formatSize(plan.image.bytes)} to fetch), ${formatSize(free)} are free`;
    if (needed <= free) return [{ severity: 'ok', found: sentence }];
    return [
      {
        severity: 'error',
        code: 'disk-short',
        found: sentence,
        remedy: `free some: ${plan.scheduler} image prune --all removes images that no container uses`,
      },
    ];
  },
};
