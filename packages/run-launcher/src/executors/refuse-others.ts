import { Failure } from '@slipway/contract';
import { commandOf, program } from '../program.ts';
import type { RunOptions } from './call.ts';

/**
 * The executors share their options: what another command takes would be passed over without a word.
 * @param name of the command, below another one the second word.
 * @param words that the command takes none of.
 * @throws Failure `usage` for options and words that are not the command's.
 */
export function refuseOthers(
  name: readonly string[],
  flags: RunOptions,
  words: readonly string[] = [],
): void {
  const known = commandOf(program(), name)?.options.map((option) => option.attributeName()) ?? [];
  const others = Object.entries(flags).flatMap(([key, value]) =>
    value === undefined || value === false || key === 'as' || known.includes(key) ? [] : [flagOf(key)],
  );
  if (others.length === 0 && words.length === 0) return;
  throw new Failure({
    code: 'usage',
    message: `slipway ${name.join(' ')} takes no ${[...others, ...words].join(', ')}`,
    remedy: `leave that out; slipway ${name.join(' ')} --help tells what there is`,
  });
}

const flagOf = (key: string): string =>
  `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
