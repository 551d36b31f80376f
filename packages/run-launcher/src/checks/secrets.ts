import { quoteForShell } from '@slipway/contract';
import type { PathFacts } from '../facts/path-facts.ts';
import type { Check, Finding } from './check.ts';

/** Whether the secrets are where the run refers to. None is read here, and no command is called. */
export const secrets: Check = {
  name: 'secrets',
  forcible: false,
  look(plan, facts) {
    if (plan === null || !facts.here) return [];
    const { variables, emptyVariables = [], paths } = facts;
    return Object.entries(plan.secrets).flatMap(([name, source]): Omit<Finding, 'check'>[] => {
      if (source.from === 'environment' && !variables.includes(source.name)) {
        return [
          {
            severity: 'error',
            code: 'secret-missing',
            found: `${name} is to come from the variable ${source.name} of this shell, which is not set`,
            remedy: `export ${source.name} first, or name another source: --env ${name}=file:PATH or --env ${name}=command:WORDS`,
          },
        ];
      }
      if (source.from === 'environment' && emptyVariables.includes(source.name)) {
        return [
          {
            severity: 'error',
            code: 'secret-missing',
            found: `${name} is to come from the variable ${source.name} of this shell, which is empty`,
            remedy: `give it a value, or leave out --env ${name}`,
          },
        ];
      }
      if (source.from !== 'file') return [];
      const found = paths[source.path];
      if (found === undefined) return [];
      const wrong = whyUnreadable(found);
      if (wrong !== null) {
        return [
          {
            severity: 'error',
            code: 'secret-missing',
            found: `${name} is to come from ${source.path}, which ${wrong}`,
            remedy: `correct --env ${name}=file:PATH`,
          },
        ];
      }
      if ((found.mode & 0o077) === 0) return [];
      return [
        {
          severity: 'warning',
          code: 'key-unsafe',
          found: `${source.path}, which holds ${name}, has mode ${found.mode.toString(8)}: others may read it`,
          remedy: `chmod 600 ${quoteForShell(source.path)}`,
        },
      ];
    });
  },
};

function whyUnreadable({ kind, readable }: PathFacts): string | null {
  if (kind === 'missing') return 'does not exist';
  // A pipe, as of a shell's <(...), can be read.
  if (kind === 'folder') return 'is a folder';
  return readable ? null : 'you may not read';
}
