import type { SecretSource } from '@slipway/effects';
import { parseArgsStringToArgv } from 'string-argv';

/** A variable of a run's environment: a text that everyone may read, or where its value comes from. */
export type EnvironmentSource = SecretSource | { from: 'value'; value: string };

/** What is wrong with a word, without the value that may stand in it. */
export interface MalformedWord {
  name: string;
  wrong: 'name' | 'value' | 'source' | 'quotes' | 'program';
}

/** Variable names as POSIX shells export them. */
const name = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Words whose quotation marks are all closed. */
const quoted = /^(?:[^'"]|'[^']*'|"[^"]*")*$/;

/**
 * Reads `NAME` (of the caller), `NAME=file:PATH`, `NAME=command:WORDS` and `NAME=value:TEXT`.
 * @param absolute makes a written path an absolute one.
 */
export function parseEnvironmentWord(
  word: string,
  absolute: (path: string) => string,
): { name: string; source: EnvironmentSource } | MalformedWord {
  const [variable = '', ...more] = word.split('=');
  if (!name.test(variable)) return { name: variable, wrong: 'name' };
  if (more.length === 0) return { name: variable, source: { from: 'environment', name: variable } };
  const written = more.join('=');
  const colon = written.indexOf(':');
  const [kind, rest] = colon === -1 ? ['', ''] : [written.slice(0, colon), written.slice(colon + 1)];
  if (kind === 'value') return { name: variable, source: { from: 'value', value: rest } };
  if (kind !== 'file' && kind !== 'command') return { name: variable, wrong: 'value' };
  if (rest.trim() === '') return { name: variable, wrong: 'source' };
  if (kind === 'file') return { name: variable, source: { from: 'file', path: absolute(rest) } };
  if (!quoted.test(rest)) return { name: variable, wrong: 'quotes' };
  const command = parseArgsStringToArgv(rest);
  if (!command[0]) return { name: variable, wrong: 'program' };
  return { name: variable, source: { from: 'command', command } };
}
