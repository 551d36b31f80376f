import type { Finding } from '../checks/check.ts';

/** What a line shows in a secret's place. */
const mask = '***';

/** Values shorter than this are left: masking them would make a log unreadable and hide nothing. */
const shortest = 4;

/**
 * A function that hides values in a line, also as JSON, shells, URLs and base64 spell them, alone or as part of something
 * longer.
 */
export function maskSecrets(values: readonly string[]): (line: string) => string {
  // A log's line ends at either.
  const parts = values
    .flatMap((value) => [value, ...value.split(/[\r\n]+/)])
    .map((value) => value.trim())
    .filter((value) => value.length >= shortest);
  const encoded = new Set(parts.flatMap(inBase64));
  const forms = parts.flatMap((value) => [value, ...inJson(value), ...inShell(value), ...inUrls(value)]);
  // The longest first, or a value inside another one would leave the rest of it.
  const sorted = [...new Set([...forms, ...encoded])].toSorted((a, b) => b.length - a.length);
  return (line) => {
    const masked = sorted.reduce((rest, form) => rest.replaceAll(form, mask), line);
    return encoded.size === 0 ? masked : masked.replace(atEdge, (piece) => maskPiece(piece, encoded));
  };
}

/** What of secrets a log will not hide, or hides more than them: a warning each. */
export function maskWarnings(secrets: Readonly<Record<string, string>>): Finding[] {
  return Object.entries(secrets).flatMap(([name, value]) => {
    const found =
      value.trim().length < shortest
        ? `${name} is too short to be hidden: the log will show its value`
        : /^(?:[a-z]{1,8}|\d{1,6})$/i.test(value.trim())
          ? `${name} is a common word: the log will show ${mask} wherever that stands`
          : null;
    if (found === null) return [];
    return [{ check: 'secrets', severity: 'warning', found, remedy: 'give it a longer value' }];
  });
}

/** As a string of JSON, also of those that write ASCII only, such as Python's. */
function inJson(value: string): string[] {
  const escaped = JSON.stringify(value).slice(1, -1);
  const ascii = escaped.replace(
    /[^ -~]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [escaped, ascii];
}

/** As `export -p`, `set -x`, `declare -p` and `printf %q` of shells print it, and Python between single quotes. */
function inShell(value: string): string[] {
  return [
    value.replaceAll("'", `'"'"'`),
    value.replaceAll("'", `'\\''`),
    value.replace(/[\\"$`]/g, '\\$&'),
    value.replace(/[^\w@%+=:,./-]/g, '\\$&'),
    value.replace(/[\\']/g, '\\$&'),
  ];
}

/** As part of a URL: JavaScript, Python and forms each leave other letters as they are. */
function inUrls(value: string): string[] {
  const usual = encodeURIComponent(value.toWellFormed());
  const strict = usual.replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
  return [usual, strict, strict.replaceAll('%2F', '/'), strict.replaceAll('%20', '+')];
}

/**
 * As base64 of a text that it is a part of, such as `user:value`. Three bytes become four letters, so it is spelled in
 * three ways, by what stands before it; a letter at either edge depends on its neighbour too, and is left where there is one.
 */
function inBase64(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const first = Math.ceil((8 * before) / 6);
    const inner = whole.slice(first, Math.floor((8 * (before + bytes.length)) / 6));
    const atEnd = whole.slice(first);
    const spelled = [inner, atEnd, atEnd.replace(/=+$/, '')].filter(({ length }) => length >= shortest);
    // The alphabet of URLs.
    return [...spelled, ...spelled.map((each) => each.replaceAll('+', '-').replaceAll('/', '_'))];
  });
}

/** Letters that agree by chance only in fewer lines than anybody prints. */
const telling = 8;

/** What stands first, last or alone in a line and may be a piece of base64 that is broken into lines. */
const atEdge =
  /^\s*[\w+/-]{8,}={0,2}|(?<![\w+/-])[\w+/-]{8,}={0,2}(?=\s*$)|^\s*(?:[\w+/-]{4,7}|[\w+/-]{2,3}=)={0,2}(?=\s*$)/g;

/** A piece of a line without the letters of a secret that ends in it, begins in it, or goes on beyond both of its ends. */
function maskPiece(piece: string, encoded: ReadonlySet<string>): string {
  const text = piece.trimStart();
  const space = piece.slice(0, piece.length - text.length);
  for (const form of encoded) {
    if (form.length <= telling) continue;
    if (text.length >= telling ? form.includes(text) : form.endsWith(text)) return space + mask;
    const begun = overlap(text, form);
    if (begun > 0) return space + text.slice(0, -begun) + mask;
    const ended = overlap(form, text);
    if (ended > 0) return space + mask + text.slice(ended);
  }
  return piece;
}

/** How many letters end the one text and begin the other; 0: too few to tell. */
function overlap(ending: string, beginning: string): number {
  if (beginning.length < telling) return 0;
  const head = beginning.slice(0, telling);
  for (let at = ending.indexOf(head); at !== -1; at = ending.indexOf(head, at + 1)) {
    if (beginning.startsWith(ending.slice(at))) return ending.length - at;
  }
  return 0;
}
