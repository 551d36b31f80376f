import type { Check } from './check.ts';

/** Whether what is only read is there: an engine would make an empty folder in its place, or say less. */
export const data: Check = {
  name: 'data',
  forcible: false,
  look(plan, { paths, here }) {
    if (plan === null || !here) return [];
    // The key and the rclone configuration have checks of their own.
    const own = [plan.ssh?.key, '/.config/rclone'].filter((text) => text !== undefined);
    return plan.mounts
      .filter(({ readOnly, target }) => readOnly && !own.some((text) => target.includes(text)))
      .map(({ source, target }) => {
        const found = paths[source];
        if (found === undefined || (found.kind !== 'missing' && found.readable)) {
          return { severity: 'ok', found: `${source} can be read as ${target}` };
        }
        return {
          severity: 'error',
          code: 'folder-missing',
          found: `${source}, which is to be ${target}, ${found.kind === 'missing' ? 'does not exist' : 'may not be read'}`,
          remedy: 'correct the path',
        };
      });
  },
};
