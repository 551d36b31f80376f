import type { Check } from './check.ts';

/** Whether the version was withdrawn. */
export const yank: Check = {
  name: 'yank',
  forcible: true,
  look(plan, { yanked }) {
    if (plan === null) return [];
    if (yanked === null) return [{ severity: 'ok', found: 'the version was not withdrawn' }];
    return [
      {
        severity: 'error',
        code: 'version-yanked',
        found: `${yanked.version} was withdrawn on ${yanked.at.slice(0, 10)}: ${yanked.reason}`,
        remedy: 'take another version with --version',
      },
    ];
  },
};
