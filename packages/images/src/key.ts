import { createHash } from 'node:crypto';

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Everything that decides what an image is made of, each part under a name that `explain` can print. */
export type KeyComponents = Record<string, Json>;

/** Counted up by hand whenever the same components begin to give another image. */
export const keySchema = 1;

/**
 * The build key: SHA-256, in hex, of the canonical JSON of the named components. No clock, user, path of this machine
 * or order of files is ever a component.
 */
export function buildKey(components: KeyComponents): string {
  return createHash('sha256')
    .update(canonicalJson({ keySchema, ...components }))
    .digest('hex');
}

/** JSON with sorted names and no white space: equal values are equal texts. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.keys(value).sort();
  return `{${fields.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] ?? null)}`).join(',')}}`;
}
