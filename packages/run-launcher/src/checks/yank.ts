import type { Check } from './check.ts';
import { otherVersion } from './other-image.ts';

/** Whether the version was withdrawn. */
export const yank: Check = {
  name: 'yank',
  forcible: true,
  needsImage: true,
  look(plan, { yanked }) {
    if (plan === null) return [];
    if (yanked !== null && 'unasked' in yanked) {
      return [
        {
          severity: 'warning',
          code: 'registry-unreachable',
          found: `whether the version was withdrawn cannot be told: ${yanked.unasked}`,
          remedy: 'ask again when the registry answers: slipway doctor --image IMAGE',
        },
      ];
    }
    if (yanked === null) return [{ severity: 'ok', found: 'the version was not withdrawn' }];
    return [
      {
        severity: 'error',
        code: 'version-yanked',
        found: `${yanked.version} was withdrawn on ${yanked.at.slice(0, 10)}: ${yanked.reason}`,
        remedy: `take another version: ${otherVersion(plan)}`,
      },
    ];
  },
};
