import { closest, distance } from 'fastest-levenshtein';

/** The known word that was probably meant, cut short or mistyped, or undefined when none is near enough to be worth suggesting. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(word, known);
  // More than a third of the letters wrong is another word, not a slip.
  const slips = Math.max(2, Math.floor(Math.max(word.length, candidate.length) / 3));
  if (distance(word.toLowerCase(), candidate.toLowerCase()) <= slips) return candidate;
  const longer = known.filter((each) => word.length >= 3 && each.startsWith(word));
  return longer.length === 1 ? longer[0] : undefined;
}

/** Of numbers written as text, such as versions with one dot, the one nearest in value. */
export function nearestNumber(text: string, known: readonly string[]): string | undefined {
  const distance = (candidate: string) => Math.abs(Number(candidate) - Number(text));
  return known.toSorted((a, b) => distance(a) - distance(b))[0];
}
