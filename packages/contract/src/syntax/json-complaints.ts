import type * as z from 'zod';
import { complaint } from './schema-problems.ts';

/**
 * Each complaint of zod about a JSON value as a sentence that names the place and what stands there.
 * @param name what the value as a whole is called: `launch`.
 * @param secret whether what stands there may be a secret, and is not told.
 */
export function jsonComplaints(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  name: string,
  { secret = false } = {},
): string[] {
  return issues.flatMap((issue) => {
    const place = [...(name === '' ? [] : [name]), ...issue.path.map(String)].join('.') || 'the file';
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => `${place} has the unknown key "${key}"`);
    const written = issue.path.reduce<unknown>(
      (at, part) => (at as Record<PropertyKey, unknown> | null | undefined)?.[part],
      value,
    );
    if (written === undefined) return [`${place} is missing`];
    const text = JSON.stringify(written);
    const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
    const what = issue.code === 'invalid_union' ? 'is none of its forms' : complaint(issue);
    return [secret ? `${place} ${what}` : `${place}: ${shown} ${what}`];
  });
}
