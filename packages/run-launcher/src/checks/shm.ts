import { formatSize } from '@slipway/contract';
import type { Check } from './check.ts';

const units = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 } as const;

/** Whether the shared memory is enough for data loader workers, and not more than the host has. */
export const shm: Check = {
  name: 'shm',
  forcible: true,
  look(plan, { host }) {
    const memory = host.engine?.memoryBytes ?? 0;
    if (plan === null || memory === 0) return [];
    const [, digits = '0', unit = 'b'] = /^([\d.]+)([bkmg]?)$/i.exec(plan.shmSize) ?? [];
    const bytes = Number(digits) * units[(unit.toLowerCase() || 'b') as keyof typeof units];
    // It is a limit, not taken beforehand: one above the memory cannot be reached.
    if (bytes > memory) {
      return [
        {
          severity: 'warning',
          code: 'shared-memory-short',
          found: `--shm-size ${plan.shmSize} is more than the ${formatSize(memory)} of memory of this host`,
          remedy: 'lower --shm-size: a run that fills it is killed for want of memory',
        },
      ];
    }
    return [{ severity: 'ok', found: `${plan.shmSize} of shared memory, of ${formatSize(memory)}` }];
  },
};
