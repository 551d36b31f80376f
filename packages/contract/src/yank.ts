import * as z from 'zod';
import { readJson } from './read-json.ts';
import { formatVersion, type Version } from './version.ts';

const yankSchema = z.looseObject({
  slipwayYank: z.literal(1),
  version: z.string(),
  reason: z.string(),
  /** ISO 8601. */
  at: z.string(),
});

/** That a published version should not be used any more, and why. It lies beside the release manifest, which stays. */
export type Yank = z.infer<typeof yankSchema>;

/** Media type of the artifact that it is. */
export const yankType = 'application/vnd.slipway.yank.v1+json';

/** The tag that it lies under. */
export const yankTag = (version: Version): string => `${formatVersion(version)}.yank`;

/** The tag under which `smoke` notes that the image of an architecture started as it should. */
export const smokedTag = (architecture: string, version: Version): string =>
  `${architecture}-${formatVersion(version)}.smoked`;

/** Media type of that note. */
export const smokedType = 'application/vnd.slipway.smoked.v1+json';

/** Reads one. Whatever cannot be read there: someone meant that the version should not be used. */
export function parseYank(text: string, version: Version): Yank {
  const parsed = yankSchema.safeParse(readJson(text));
  if (parsed.success) return parsed.data;
  return { slipwayYank: 1, version: formatVersion(version), reason: 'its note cannot be read', at: '' };
}
