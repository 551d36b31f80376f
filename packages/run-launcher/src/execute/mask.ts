/** What a line shows in a secret's place. */
const mask = '***';

/** Values shorter than this are left: masking them would make a log unreadable and hide nothing. */
const shortest = 4;

/** A function that hides values in a line, also as URLs and base64 spell them. */
export function maskSecrets(values: readonly string[]): (line: string) => string {
  const forms = values
    .flatMap((value) => [value, ...value.split('\n')])
    .map((value) => value.trim())
    .filter((value) => value.length >= shortest)
    .flatMap((value) => [value, encodeURIComponent(value), Buffer.from(value).toString('base64')]);
  // The longest first, or a value inside another one would leave the rest of it.
  const sorted = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
  return (line) => sorted.reduce((masked, form) => masked.replaceAll(form, mask), line);
}
