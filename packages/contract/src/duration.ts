import ms from 'ms';

/** What a duration looks like: a number and a unit. `ms` also takes a bare number, which nobody can read. */
export const durationPattern = /^\d+(?:\.\d+)? ?(?:ms|s|m|h|d)$/;

/**
 * Milliseconds of a duration such as `2m`; undefined when the text is not one.
 * @param zero whether `0s` is one: as an age it is, as a limit it would be none.
 */
export function parseDuration(text: string, { zero = false } = {}): number | undefined {
  if (!durationPattern.test(text)) return undefined;
  const milliseconds = ms(text as ms.StringValue);
  return Number.isFinite(milliseconds) && (milliseconds > 0 || zero) ? milliseconds : undefined;
}
