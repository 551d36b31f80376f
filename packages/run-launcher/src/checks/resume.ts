import { outputOf } from '../plan/plan-run.ts';
import type { Check } from './check.ts';

/**
 * Whether the output folder holds something: an application with automatic resume, which linnaeus has on by default, goes
 * on with that without a word.
 */
export const resume: Check = {
  name: 'resume',
  forcible: true,
  look(plan, { paths, here }) {
    if (plan === null || plan.terminal || !here) return [];
    const path = outputOf(plan);
    // mkfs makes lost+found on every new disk.
    const names = (paths[path]?.names ?? []).filter((name) => name !== 'lost+found');
    if (names.length === 0) return [{ severity: 'ok', found: 'the output folder is empty' }];
    return [
      {
        severity: 'error',
        code: 'output-used',
        found: `${path} holds ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' ...' : ''}: an application that resumes by itself goes on with what is there`,
        remedy: 'name an empty folder with --output to begin anew',
      },
    ];
  },
};
