import ms from 'ms';

/** What a duration looks like: a number and a unit. `ms` also takes a bare number, which nobody can read. */
export const durationPattern = /^\d+(?:\.\d+)? ?(?:ms|s|m|h|d)$/;

/** Milliseconds of a duration such as `2m`; undefined when the text is not one, or is 0. */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined;
  const milliseconds = ms(text as ms.StringValue);
  return Number.isFinite(milliseconds) && milliseconds > 0 ? milliseconds : undefined;
}
