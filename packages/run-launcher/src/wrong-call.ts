import type { Problem } from '@slipway/contract';

/**
 * What commander says about a wrong call, in the form that every other problem has.
 * @param called what was called: `slipway gc`.
 * @param options that it has: `--older-than`.
 */
export function wrongCall(text: string, called: string, options: readonly string[]): Problem {
  const [what = '', ...suggestion] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  return {
    code: 'usage',
    message: what,
    remedy: [
      ...(suggestion.length > 0 ? suggestion : suggestionFor(what, options)),
      `${called} --help tells what there is`,
    ].join(' '),
  };
}

/** What commander does not suggest: an option that was lengthened, and a number that looks like one. */
function suggestionFor(message: string, options: readonly string[]): string[] {
  const [, word = ''] = /^unknown option '(.*)'/.exec(message) ?? [];
  if (/^-(?:inf|infinity|nan)$/i.test(word)) {
    return [`as a value it stands behind an equals sign: --opts KEY --opts=${word};`];
  }
  const meant = options.find((option) => word.startsWith(`${option}-`));
  return meant === undefined ? [] : [`(Did you mean ${meant}?)`];
}
