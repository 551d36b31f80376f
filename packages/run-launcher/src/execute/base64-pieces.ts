/**
 * As base64 of a text that a value is a part of, such as `user:value`. Three bytes become four letters, so it is spelled in
 * three ways, by what stands before it; a letter at either edge depends on its neighbour too, and is left where there is one.
 * @param shortest how many letters are worth looking for.
 */
export function inBase64(value: string, shortest: number): string[] {
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

/**
 * A function that hides pieces of base64 that was broken into lines: what stands first, last or alone in a line and ends in
 * a form, begins in it, or goes on beyond both of its ends.
 */
export function maskPieces(encoded: readonly string[], mask: string): (line: string) => string {
  const forms = encoded.filter(({ length }) => length > telling);
  if (forms.length === 0) return (line) => line;
  // There may be more of them than a function takes arguments.
  const longest = forms.reduce((most, { length }) => Math.max(most, length), 0);
  const mayHold = eightsOf(forms);
  const heads = Map.groupBy(forms, (form) => form.slice(0, telling));
  const endings = new Set(forms.flatMap((form) => [3, 4, 5, 6, 7].map((letters) => form.slice(-letters))));
  /** How many letters at the beginning of a piece go on with a form, of which something stood before. */
  const ended = (text: string): number => {
    const head = text.slice(0, telling);
    if (head.length < telling || !mayHold(head)) return 0;
    let most = 0;
    for (const form of forms) {
      for (let at = form.indexOf(head); at !== -1; at = form.indexOf(head, at + 1)) {
        const common = text.slice(0, form.length - at);
        if (common.length > most && form.startsWith(common, at)) most = common.length;
      }
    }
    return most;
  };
  /** Where in a piece a form begins that goes on behind it. */
  const begun = (text: string): number => {
    for (let at = Math.max(0, text.length - longest); at + telling <= text.length; at += 1) {
      const rest = text.slice(at);
      if (heads.get(rest.slice(0, telling))?.some((form) => form.startsWith(rest))) return at;
    }
    return text.length;
  };
  const maskPiece = (text: string): string => {
    if (text.length < telling) return endings.has(text) ? mask : text;
    const [from, to] = [ended(text), begun(text)];
    if (from >= to && from + text.length - to > 0) return mask;
    return (from > 0 ? mask : '') + text.slice(from, to) + (to < text.length ? mask : '');
  };
  return (line) =>
    piecesOf(line).reduceRight(
      (rest, [from, to]) => rest.slice(0, from) + maskPiece(rest.slice(from, to)) + rest.slice(to),
      line,
    );
}

/** Whether any of the forms may hold eight letters, by a number made of them: most that lines begin with are in none. */
function eightsOf(forms: readonly string[]): (eight: string) => boolean {
  const count = forms.reduce((sum, { length }) => sum + length, 0);
  const size = 2 ** Math.min(24, Math.ceil(Math.log2(16 * count)));
  const seen = new Uint8Array(size);
  const numberOf = (text: string, at: number) => {
    let number = 0;
    for (let letter = at; letter < at + telling; letter += 1) {
      number = (Math.imul(number, 31) + text.charCodeAt(letter)) | 0;
    }
    return (number ^ (number >>> 12)) & (size - 1);
  };
  for (const form of forms)
    for (let at = 0; at + telling <= form.length; at += 1) seen[numberOf(form, at)] = 1;
  return (eight) => seen[numberOf(eight, 0)] === 1;
}

/** What in a line may be a piece of base64 that is broken into lines: where it begins and ends. */
function piecesOf(line: string): [from: number, to: number][] {
  const start = line.length - line.trimStart().length;
  const end = line.trimEnd().length;
  let letters = start;
  while (isLetter(line, letters)) letters += 1;
  let first = letters;
  while (line[first] === '=' && first < letters + 2) first += 1;
  // A whole line may be the short rest of one.
  if (first >= end) return letters - start >= (first > letters ? 2 : 4) ? [[start, end]] : [];
  let padding = end;
  while (line[padding - 1] === '=' && padding > end - 2) padding -= 1;
  let last = padding;
  while (isLetter(line, last - 1)) last -= 1;
  const long = (from: number, to: number) => to - from >= telling;
  return [
    ...(long(start, letters) ? [[start, first] as [number, number]] : []),
    ...(long(last, padding) ? [[last, end] as [number, number]] : []),
  ];
}

const letters = new Set(
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_'].map((letter) =>
    letter.charCodeAt(0),
  ),
);

const isLetter = (text: string, at: number): boolean => letters.has(text.charCodeAt(at));
