import type { Finding } from '../checks/check.ts';
import { inBase64, maskPieces } from './base64-pieces.ts';
import { findForms, headLength } from './find-forms.ts';
import { spellingsOf } from './spellings.ts';

/** What a line shows in a secret's place. */
const mask = '***';

/** Values shorter than this are left: masking them would make a log unreadable and hide nothing. */
const shortest = headLength;

/**
 * A function that hides values in a line, also as JSON, shells, URLs, Python, HTML and base64 spell them, alone or as part
 * of something longer.
 */
export function maskSecrets(values: readonly string[]): (line: string) => string {
  const parts = values
    .flatMap((value) => [value, ...linesOf(value)])
    .map((value) => value.trim())
    .filter((value) => value.length >= shortest);
  if (parts.length === 0) return (line) => line;
  const encoded = [...new Set(parts.flatMap((part) => inBase64(part, shortest)))];
  const find = findForms([...parts.flatMap(spellingsOf), ...encoded]);
  const hidePieces = maskPieces(encoded, mask);
  return (line) => {
    let shown = '';
    let at = 0;
    for (const [from, to] of find(line)) {
      shown += line.slice(at, from) + mask;
      at = to;
    }
    return hidePieces(shown + line.slice(at));
  };
}

/** A log's line ends at either. */
const linesOf = (value: string): string[] => value.split(/[\r\n]+/);

/** What of secrets a log will not hide, or hides more than them: a warning each. */
export function maskWarnings(secrets: Readonly<Record<string, string>>): Finding[] {
  return Object.entries(secrets).flatMap(([name, value]) => {
    const found =
      value.trim().length < shortest
        ? `${name} is too short to be hidden: the log will show its value`
        : isCommon(value)
          ? `${name} is a common word: the log will show ${mask} wherever that stands`
          : linesOf(value).some(isCommon)
            ? `a line of ${name} is a common word: the log will show ${mask} wherever that stands`
            : null;
    if (found === null) return [];
    return [{ check: 'secrets', severity: 'warning', found, remedy: 'give it a longer value' }];
  });
}

const isCommon = (text: string): boolean =>
  text.trim().length >= shortest && /^(?:[a-z]{1,8}|\d{1,6})$/i.test(text.trim());
