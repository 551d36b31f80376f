/** What a line shows in a secret's place. */
const mask = '***';

/** Values shorter than this are left: masking them would make a log unreadable and hide nothing. */
const shortest = 4;

/** A function that hides values in a line, also as JSON, URLs and base64 spell them, alone or as part of something longer. */
export function maskSecrets(values: readonly string[]): (line: string) => string {
  const forms = values
    .flatMap((value) => [value, ...value.split('\n')])
    .map((value) => value.trim())
    .filter((value) => value.length >= shortest)
    .flatMap((value) => [value, ...inJson(value), ...inUrls(value), ...inBase64(value)]);
  // The longest first, or a value inside another one would leave the rest of it.
  const sorted = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
  return (line) => sorted.reduce((masked, form) => masked.replaceAll(form, mask), line);
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
