import { maskLogins } from '@slipway/contract';
import { pathOf } from '../definition/git-url.ts';
import { holds } from '../plan/needed-place.ts';
import type { Check, Finding } from './check.ts';

/** Whether the container can ask where new code is to come from, with nothing in the URL that everybody could read. */
export const updates: Check = {
  name: 'updates',
  forcible: true,
  look(plan) {
    if (plan === null) return [];
    const isMounted = (path: string) => plan.mounts.some(({ target }) => holds(target, path));
    return plan.updates.flatMap(({ name, url }): Omit<Finding, 'check'>[] => {
      // A definition is refused already; this is a plan or record of somebody's own.
      if (maskLogins(url) !== url) {
        return [
          {
            severity: 'error',
            code: 'secret-in-options',
            found: `a log-in stands in the URL that ${name} is to be brought in from, which records and arguments keep`,
            remedy: 'give a key instead: git@HOST:REPOSITORY#REF with --ssh-key FILE',
          },
        ];
      }
      const path = pathOf(url);
      if (path === null || isMounted(path)) return [];
      return [
        {
          severity: 'error',
          code: 'source-unavailable',
          found: `${name} is to be brought in from ${url}, a path of this host, which the container does not see`,
          remedy: `name a server that gives it out: --update ${name}=URL#REF${path.startsWith('/') ? `; or mount it in the same place: --data ${path}:${path}` : ''}`,
        },
      ];
    });
  },
};
