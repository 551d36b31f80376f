import * as z from 'zod';
import { readJson } from './read-json.ts';

const deprecationSchema = z.looseObject({
  slipwayDeprecation: z.literal(1),
  architecture: z.string(),
  /** Null: it was deprecated once, and is not any more. */
  reason: z.string().nullable(),
  /** ISO 8601. */
  at: z.string(),
});

/**
 * That nobody should start with an architecture any more, and why. It lies beside the images, and in none of them: they
 * were there before anyone knew.
 */
export type Deprecation = z.infer<typeof deprecationSchema>;

/** Media type of the artifact that it is. */
export const deprecationType = 'application/vnd.slipway.deprecation.v1+json';

/** The tag that it lies under, in the repository of the runtime images. */
export const deprecationTag = (architecture: string): string => `${architecture}.deprecated`;

/** Reads one. Whatever cannot be read there: someone meant that the architecture should not be used. */
export function parseDeprecation(text: string, architecture: string): Deprecation {
  const parsed = deprecationSchema.safeParse(readJson(text));
  if (parsed.success) return parsed.data;
  return { slipwayDeprecation: 1, architecture, reason: 'its note cannot be read', at: '' };
}
