import { formatSize } from '@slipway/contract';
import { bytesOfShmSize } from '../definition/shm-size.ts';
import type { Check } from './check.ts';

/** What an engine gives to a container that asks for nothing. */
const enginesOwn = 64 * 2 ** 20;

/** Whether the shared memory is enough for data loader workers, and not more than the host has. */
export const shm: Check = {
  name: 'shm',
  forcible: true,
  look(plan, { host }) {
    const memory = host.engine?.memoryBytes ?? 0;
    if (plan === null) return [];
    const bytes = bytesOfShmSize(plan.shmSize) ?? 0;
    if (bytes < enginesOwn) {
      return [
        {
          severity: 'warning',
          code: 'shared-memory-short',
          found: `--shm-size ${plan.shmSize} is less than the 64m that a container gets unasked: data loader workers that fill it end with a bus error`,
          remedy: 'raise --shm-size; 8g is the default',
        },
      ];
    }
    if (memory === 0) return [];
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
