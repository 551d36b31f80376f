import { hasLogin, isSecretName, maskLogins } from '@slipway/contract';
import { byMachine } from '../plan/plan-origins.ts';
import type { Check, Finding } from './check.ts';
import { isSecretFlag, type Pair, secretsIn } from './secret-key.ts';

/**
 * Whether a secret stands behind --opts, elsewhere in the command, or behind --env NAME=value:, where everybody sees it and
 * records keep it.
 */
export const options: Check = {
  name: 'options',
  forcible: true,
  look(plan) {
    if (plan === null) return [];
    const { opts, others } = pairsOf(plan.command);
    const namesOf = (pairs: readonly Pair[]) => [...new Set(pairs.map(({ key }) => maskLogins(key.trim())))];
    return [
      ...namesOf(opts.flatMap(secretsIn)).map(inOptions),
      ...namesOf(others.flatMap(secretsIn).filter(isSecretWord)).map((key) =>
        /^-*.$/s.test(key) ? inItsUrl(key) : inCommand(key),
      ),
      ...Object.entries(plan.environment)
        .filter(([key, value]) => secretsIn({ key, value }).length > 0 && !isPath(key, value))
        .map(([name]) =>
          plan.origins[`environment.${name}`] === byMachine ? inSettings(name) : inEnvironment(name),
        ),
    ];
  },
};

/** GOOGLE_APPLICATION_CREDENTIALS and the like name a file. */
const isPath = (name: string, value: string): boolean =>
  /credentials?$/i.test(name) && value.startsWith('/') && !hasLogin(value);

/** `--opts`, also cut short as argparse lets it be, and with its first word behind an equals sign. */
const optsWord = /^--op(?:ts?)?(?:=(.*))?$/s;

/** What the words of a command give values to: behind --opts, up to the next option, and everywhere else. */
function pairsOf(command: readonly string[]): { opts: Pair[]; others: Pair[] } {
  const [word, ...rest] = command;
  if (word === undefined) return { opts: [], others: [] };
  const found = optsWord.exec(word);
  if (found === null) {
    const { opts, others } = pairsOf(rest);
    return { opts, others: [...namedBy(word, rest[0]), ...others] };
  }
  const end = rest.findIndex((each) => /^--[A-Za-z]/.test(each));
  const words = end === -1 ? rest : rest.slice(0, end);
  const behind = pairsOf(end === -1 ? [] : rest.slice(end));
  const own = found[1] === undefined ? words : [found[1], ...words];
  return { ...behind, opts: [...behindOpts(own), ...behind.opts] };
}

/** A name with its dots and brackets, behind hydra's sign for a new one. */
const named = String.raw`[A-Za-z_][\w.\-[\]"']*`;
const assignment = new RegExp(String.raw`^\s*[+~]{0,2}(${named})\s*=(.*)$`, 's');
const wholeName = new RegExp(`^${named}$`);
/** As yacs spells a key: these also stand in the command by themselves. */
const path = /^[A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)+$/;

/** KEY VALUE; also KEY=VALUE in one word, which some people write and some applications read. */
function behindOpts(words: readonly string[]): Pair[] {
  return words.flatMap((key, index) => {
    const [, name, value = ''] = assignment.exec(key) ?? [];
    if (name !== undefined) return [{ key: name, value }];
    return index % 2 === 0 ? [{ key, value: words[index + 1] ?? '' }] : [];
  });
}

/** NAME=VALUE, as env takes it, --NAME VALUE and --NAME=VALUE. */
function namedBy(word: string, next = ''): Pair[] {
  const dashes = /^--?(?=[A-Za-z_])/.exec(word)?.[0] ?? '';
  const bare = word.slice(dashes.length);
  // One letter may be an option's or a variable's.
  const keyOf = (name: string) => (name.length === 1 ? `${dashes}${name}` : name);
  const [, given, value = ''] = assignment.exec(bare) ?? [];
  if (given !== undefined) return [{ key: keyOf(given), value }];
  if (!path.test(word) && (dashes === '' || !wholeName.test(bare))) return [];
  return [{ key: keyOf(bare), value: next.startsWith('-') ? '' : next }];
}

/** A variable goes by the rule for variables; other names are words of a program, of which many are called a key or token. */
const isSecretWord = ({ key, value }: Pair): boolean =>
  hasLogin(value) ||
  ((/^[A-Z][A-Z0-9_]*$/.test(key) ? isSecretName(key) : isSecretFlag(key) && isOneWord(value)) &&
    // A file, or a variable of the shell that reads this.
    !/^(?:~?\.{0,2}\/|["']?\$)/.test(value));

/** No program: `python -c 'token = ...'`. */
const isOneWord = (value: string): boolean => /^[^\s()[\]]*$/.test(value);

const inOptions = (key: string): Omit<Finding, 'check'> => ({
  severity: 'error',
  code: 'secret-in-options',
  found: `--opts gives ${key} a value, which everybody on this host can read and the application prints and saves`,
  remedy: `pass it in the environment (--env NAME), and leave ${key} empty: --opts ${key} ''`,
});

const inCommand = (key: string): Omit<Finding, 'check'> => ({
  severity: 'error',
  code: 'secret-in-options',
  found: `the command gives ${key} a value, which everybody on this host can read, and plans and records keep`,
  remedy: `leave ${key} out of the command, and pass the value in the environment: --env NAME`,
});

/** A name of one letter says nothing: `-c` of a shell and of Python takes a whole program. */
const inItsUrl = (key: string): Omit<Finding, 'check'> => ({
  severity: 'error',
  code: 'secret-in-options',
  found: `a URL with a log-in stands in the command${key.startsWith('-') ? `, behind ${key}` : ''}: everybody on this host can read it, and plans and records keep it`,
  remedy: 'take the log-in out of the URL, and pass it in the environment: --env NAME',
});

const inEnvironment = (name: string): Omit<Finding, 'check'> => ({
  severity: 'error',
  code: 'secret-in-options',
  found: `--env gives ${name} a value in so many words, which plans and records keep and everybody on this host can read`,
  remedy: `export ${name} and give its name alone: --env ${name}; or say where it is: --env ${name}=file:PATH`,
});

const inSettings = (key: string): Omit<Finding, 'check'> => ({
  severity: 'error',
  code: 'secret-in-options',
  found: `launch.environment of .slipway/machine.json gives ${key} a value, which plans and records keep and everybody on this host can read`,
  remedy: `take it out there, export ${key} and give its name alone: --env ${key}`,
});
