import * as z from 'zod';
import { Failure } from './problem.ts';
import { readJson } from './read-json.ts';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const releaseManifestSchema = z.strictObject({
  slipwayRelease: z.literal(1),
  /** As tags spell it. */
  version: z.string(),
  application: z.string(),
  /** Of the application's source tree; null where it came from no git repository. */
  commit: z.string().nullable(),
  /** For people, in Markdown: `imageNotes`. */
  notes: z.string(),
  /** Architecture -> its runtime image and what that stands on. */
  architectures: z.record(
    z.string(),
    z.strictObject({
      digest,
      keyTag: z.string(),
      base: z.strictObject({ keyTag: z.string(), digest }),
      /** Labels of the GPU contract. */
      contract: z.record(z.string(), z.string()),
      /** Compressed bytes of the whole image. */
      bytes: z.number(),
    }),
  ),
});

/** What a published version consists of. Written last of all: while it is not there, the version is not whole. */
export type ReleaseManifest = z.infer<typeof releaseManifestSchema>;

/** Media type of the artifact that a release manifest is. */
export const releaseManifestType = 'application/vnd.slipway.release.v1+json';

/** Reads a release manifest. Throws Failure `registry-answer` when it is none. */
export function parseReleaseManifest(text: string, where: string): ReleaseManifest {
  const parsed = releaseManifestSchema.safeParse(readJson(text));
  if (parsed.success) return parsed.data;
  throw new Failure({
    code: 'registry-answer',
    message: `${where} is not a release manifest: ${parsed.error.issues[0]?.message}`,
    remedy: 'something else was pushed under the tag of a version: look who writes there',
  });
}

/** What to do about a version that is published with something else. */
export const nextVersion =
  'publish what changed as the next version: raise it in the file that states it, or npx nx run runtime-image:publish --as=vX.Y.Z';

/**
 * A release manifest with more architectures. What is published stays as it is.
 * @throws Failure `version-taken` when an architecture is there with another image.
 */
export function extendRelease(there: ReleaseManifest | undefined, more: ReleaseManifest): ReleaseManifest {
  if (there === undefined) return more;
  const other = Object.entries(more.architectures).filter(([name, { digest: wanted }]) => {
    const published = there.architectures[name]?.digest;
    return published !== undefined && published !== wanted;
  });
  if (other.length > 0) {
    throw new Failure(
      other.map(([name, { digest: wanted }]) => ({
        code: 'version-taken' as const,
        message: `${more.version} for ${name} is ${there.architectures[name]?.digest} by its release manifest, and would become ${wanted}`,
        remedy: nextVersion,
      })),
    );
  }
  const names = { ...there.architectures, ...more.architectures };
  const sorted = Object.entries(names).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { ...there, architectures: Object.fromEntries(sorted) };
}

/** How long a publish of a version took. */
export type PublishTime = z.infer<typeof publishTimeSchema>;

const publishTimeSchema = z.object({
  /** ISO 8601. */
  startedAt: z.string(),
  /** Until the release manifest was written. */
  seconds: z.number(),
  images: z.number(),
});

/**
 * The annotation of a release manifest's artifact that says how long its publishes took. It is no part of the release
 * manifest: a version that is published again is the same, however long that takes.
 */
export const publishesAnnotation = 'io.slipway.publishes';

/** Reads that annotation. Times are for people to look at: where they cannot be read, there are none. */
export function parsePublishTimes(text: string | undefined): PublishTime[] {
  return z.array(publishTimeSchema).safeParse(readJson(text ?? '[]')).data ?? [];
}
