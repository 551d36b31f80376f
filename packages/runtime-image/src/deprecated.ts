import { type Architecture, deprecationTag, deprecationType, parseReference } from '@slipway/contract';
import { putArtifact, type Registry, readDeprecation } from '@slipway/effects';

/** What whoever publishes should hear of architectures that nobody should start with any more. */
export function deprecationNotes(architectures: readonly Architecture[]): string[] {
  return architectures.flatMap(({ name, deprecated }) =>
    deprecated === null ? [] : [`warning: ${name} is deprecated: ${deprecated}`],
  );
}

/**
 * Notes beside the images which architectures are deprecated, so that whoever launches one hears of it without the
 * workspace, and of images that were published before.
 * @param given.change whether what is noted already follows the definition. A publish from an old commit knows less than
 *   what is noted, and leaves that alone, a withdrawal too.
 * @returns what was written, in lines for a person.
 */
export async function noteDeprecations(
  registry: Registry,
  repository: string,
  architectures: readonly Architecture[],
  { at, change }: { at: Date; change: boolean },
): Promise<string[]> {
  const written = architectures.map(async ({ name, deprecated: reason }) => {
    if (reason === null && !change) return [];
    const there = await readDeprecation(registry, repository, name);
    if (change ? (there?.reason ?? null) === reason : there !== undefined) return [];
    const note = { slipwayDeprecation: 1, architecture: name, reason, at: at.toISOString() };
    const reference = parseReference(`${repository}:${deprecationTag(name)}`);
    await putArtifact(registry, reference, deprecationType, JSON.stringify(note));
    return [
      reason === null
        ? `${name} is not deprecated any more: noted at ${repository}`
        : `${name} is deprecated: noted at ${repository}, for whoever launches an image of it`,
    ];
  });
  return (await Promise.all(written)).flat();
}
