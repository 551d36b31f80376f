import type { Check } from './check.ts';

/** Keys whose values are secrets, by their last part: EXPERIMENT.WANDB.KEY, ENV.INPUT.BUCKET.APP_KEY. */
const secretKey = /^(?:.*_)?(?:KEY|KEY_ID|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/i;

/** Whether a secret stands behind --opts, where everybody sees it and the application prints it. */
export const options: Check = {
  name: 'options',
  forcible: true,
  look(plan) {
    if (plan === null) return [];
    const at = plan.command.indexOf('--opts');
    const words = at === -1 ? [] : plan.command.slice(at + 1);
    return words.flatMap((key, index) => {
      const isSecret = index % 2 === 0 && key.includes('.') && secretKey.test(key.split('.').at(-1) ?? '');
      if (!isSecret || (words[index + 1] ?? '') === '') return [];
      return [
        {
          severity: 'error',
          code: 'secret-in-options',
          found: `--opts gives ${key} a value, which everybody on this host can read and the application prints and saves`,
          remedy: `pass it in the environment (--env NAME), and leave ${key} empty: --opts ${key} ''`,
        },
      ];
    });
  },
};
