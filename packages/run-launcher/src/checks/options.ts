import { hasPassword } from '../definition/url-password.ts';
import type { Check, Finding } from './check.ts';
import { isHarmless, isSecretName } from './secret-key.ts';

/** Whether a secret stands behind --opts or --env NAME=value:, where everybody sees it and records keep it. */
export const options: Check = {
  name: 'options',
  forcible: true,
  look(plan) {
    if (plan === null) return [];
    const keys = new Set(
      pairsOf(plan.command).flatMap(({ key, value }) => (isSecret(key, value) ? [key] : [])),
    );
    return [
      ...[...keys].map(inOptions),
      ...Object.entries(plan.environment)
        .filter(([name, value]) => isSecret(name, value) && !isPath(name, value))
        .map(([name]) => inEnvironment(name)),
    ];
  },
};

const isSecret = (name: string, value: string): boolean =>
  hasPassword(value) || (isSecretName(name) && !isHarmless(value));

/** GOOGLE_APPLICATION_CREDENTIALS and the like name a file. */
const isPath = (name: string, value: string): boolean =>
  /credentials?$/i.test(name) && value.startsWith('/') && !hasPassword(value);

/** KEY VALUE behind each --opts; also KEY=VALUE in one word, which some people write and some applications read. */
function pairsOf(command: readonly string[]): { key: string; value: string }[] {
  const at = command.indexOf('--opts');
  if (at === -1) return [];
  const words = command.slice(at + 1);
  const next = words.indexOf('--opts');
  const own = next === -1 ? words : words.slice(0, next);
  return [
    ...own.flatMap((key, index) => {
      const [, name, value = ''] = /^([A-Za-z_][\w.-]*)=(.*)$/s.exec(key) ?? [];
      const joined = name === undefined ? [] : [{ key: name, value }];
      return index % 2 === 0 ? [...joined, { key, value: own[index + 1] ?? '' }] : joined;
    }),
    ...pairsOf(next === -1 ? [] : words.slice(next)),
  ];
}

const inOptions = (key: string): Omit<Finding, 'check'> => ({
  severity: 'error',
  code: 'secret-in-options',
  found: `--opts gives ${key} a value, which everybody on this host can read and the application prints and saves`,
  remedy: `pass it in the environment (--env NAME), and leave ${key} empty: --opts ${key} ''`,
});

const inEnvironment = (name: string): Omit<Finding, 'check'> => ({
  severity: 'error',
  code: 'secret-in-options',
  found: `--env gives ${name} a value in so many words, which plans and records keep and everybody on this host can read`,
  remedy: `export ${name} and give its name alone: --env ${name}; or say where it is: --env ${name}=file:PATH`,
});
