/** A value as one line for each leaf: `image.digest` -> its text. */
export function flatten(value: unknown, path = ''): Record<string, string> {
  if (value === null || typeof value !== 'object') return { [path]: JSON.stringify(value) };
  const entries = Object.entries(value);
  if (entries.length === 0) return { [path]: Array.isArray(value) ? '[]' : '{}' };
  return Object.assign(
    {},
    ...entries.map(([key, inner]) => flatten(inner, path === '' ? key : `${path}.${key}`)),
  );
}
