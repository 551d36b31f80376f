/** From where to where in a text. */
export type Range = [from: number, to: number];

/** By how many letters at its beginning a form is found, and by how many one that has them. */
export const headLength = 4;
const longHead = 8;

/**
 * A function that finds where any of many forms stands in a line, in one pass over it. Those that overlap are one range.
 * @param forms none shorter than `headLength`.
 */
export function findForms(forms: Iterable<string>): (line: string) => Range[] {
  const all = [...new Set(forms)];
  // Lines of one secret often begin with the same few letters.
  const long = byHead(
    all.filter(({ length }) => length >= longHead),
    longHead,
  );
  const short = byHead(
    all.filter(({ length }) => length < longHead),
    headLength,
  );
  // Most places of a line begin none of them, which two letters tell.
  const begins = new Uint8Array(2 ** 16);
  const twoAt = (text: string, at: number) => ((text.charCodeAt(at) << 8) ^ text.charCodeAt(at + 1)) & 0xffff;
  for (const form of all) begins[twoAt(form, 0)] = 1;
  return (line) => {
    const found: Range[] = [];
    for (let at = 0; at + headLength <= line.length; at += 1) {
      if (begins[twoAt(line, at)] === 0) continue;
      // The longest: what begins at the same place is a part of it.
      const length = long(line, at) || short(line, at);
      if (length === 0) continue;
      const before = found.at(-1);
      if (before !== undefined && at < before[1]) before[1] = Math.max(before[1], at + length);
      else found.push([at, at + length]);
    }
    return found;
  };
}

/**
 * A function that tells how long the longest of the forms is that stands at a place of a line; 0: none does. Of those with
 * the same head, each length is looked up once: there may be thousands of them.
 */
function byHead(forms: readonly string[], letters: number): (line: string, at: number) => number {
  const heads = new Map<string, Map<number, Set<string>>>();
  for (const form of forms.toSorted((one, other) => other.length - one.length)) {
    const head = form.slice(0, letters);
    const lengths = heads.get(head) ?? new Map<number, Set<string>>();
    lengths.set(form.length, (lengths.get(form.length) ?? new Set()).add(form));
    heads.set(head, lengths);
  }
  return (line, at) => {
    for (const [length, those] of heads.get(line.slice(at, at + letters)) ?? [])
      if (those.has(line.slice(at, at + length))) return length;
    return 0;
  };
}
