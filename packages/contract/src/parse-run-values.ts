import type { Problem } from './problem.ts';
import { type RunToml, runSchema } from './schema/run-schema.ts';
import { toToml } from './syntax/quote.ts';
import { complaint } from './syntax/schema-problems.ts';

/**
 * Holds values of a run that were written elsewhere than in a `run.toml`, such as in flags, against the same schema.
 * @param place how a key is called there, for messages.
 * @returns the values that are right, and a problem for each that is not.
 */
export function parseRunValues(
  given: RunToml,
  place: (key: string) => string,
): { values: RunToml; problems: Problem[] } {
  const result = runSchema.safeParse(given);
  if (result.success) return { values: result.data, problems: [] };
  const wrong = new Map<string, Problem>();
  for (const issue of result.error.issues) {
    if (issue.code === 'unrecognized_keys' || issue.code === 'invalid_union') continue;
    const [key, ...path] = issue.path.map(String);
    if (key === undefined || wrong.has(key)) continue;
    const written = path.reduce<unknown>(
      (value, part) => (value as Record<string, unknown>)[part],
      given[key as keyof RunToml],
    );
    const message = `${place(key)}: ${toToml(written)} ${complaint(issue)}`;
    wrong.set(key, { code: 'usage', message, remedy: 'see slipway run --help' });
  }
  const right = Object.entries(given).filter(([key]) => !wrong.has(key));
  return { values: Object.fromEntries(right), problems: [...wrong.values()] };
}
