import {
  type Definition,
  findArchitecture,
  formatReference,
  formatVersion,
  type MachineSettings,
  type Problem,
  parseReference,
  parseReleaseManifest,
  parseVersion,
  placedRepository,
  releaseManifestType,
} from '@slipway/contract';
import { type Registry, readArtifact } from '@slipway/effects';
import { newestTags } from './plan.ts';

/** What of the definition's images is meant. */
export interface ImageSelection {
  kind: 'base' | 'runtime';
  /** Names; absent: all that are there. */
  architectures?: readonly string[];
  /** Of runtime images: the version; absent: the newest image. */
  as?: string;
}

/** Images that are there, and what is not. */
export interface SelectedImages {
  references: string[];
  absent: Problem[];
}

/**
 * Finds the images that are meant in their registry. Of a version those are the ones that its release manifest names, and
 * what else is there; whatever the definition has besides is told to be absent.
 */
export async function selectImages(
  { kind, architectures, as }: ImageSelection,
  definition: Definition,
  machine: MachineSettings,
  registry: Registry,
): Promise<SelectedImages> {
  const repository = placedRepository(definition.repositories[kind], machine);
  const version = as === undefined ? undefined : formatVersion(parseVersion(as));
  const defined = definition.architectures.map(({ name }) => name);
  const published = version === undefined ? [] : await publishedOf(registry, repository, version);
  for (const name of architectures ?? []) {
    if (!published.includes(name)) findArchitecture(definition, name);
  }
  const names = architectures ?? [...new Set([...published, ...defined])].sort();
  const found = names.map(async (name): Promise<string | Problem> => {
    const tags = tagsOf(kind, name, version, definition);
    for (const tag of tags) {
      const reference = `${repository}:${tag}`;
      if ((await registry.digest(parseReference(reference))) !== undefined) return reference;
    }
    return absence(kind, name, version, repository, tags);
  });
  const all = await Promise.all(found);
  return {
    references: all.filter((each) => typeof each === 'string'),
    absent: all.filter((each) => typeof each !== 'string'),
  };
}

/** An image as it was named; a repository of the definition is looked for where this machine sends it. */
export function placedImage(image: string, { repositories }: Definition, machine: MachineSettings): string {
  const { tag, digest, ...place } = parseReference(image);
  const repository = formatReference({ ...place, tag: null, digest: null });
  const ours = Object.values(repositories).some(
    (each) => formatReference({ ...parseReference(each) }) === repository,
  );
  if (!ours) return image;
  return formatReference({ ...parseReference(placedRepository(repository, machine)), tag, digest });
}

/** Tags that the image of an architecture may have, the one that is meant first. */
function tagsOf(
  kind: ImageSelection['kind'],
  name: string,
  version: string | undefined,
  { architectures }: Definition,
): string[] {
  if (kind === 'base') return architectures.flatMap((each) => (each.name === name ? [each.tag] : []));
  return version === undefined ? newestTags(name) : [`${name}-${version}`];
}

/** Architectures of a version by its release manifest; none while it is not whole. */
async function publishedOf(registry: Registry, repository: string, version: string): Promise<string[]> {
  const reference = `${repository}:${version}`;
  const text = await readArtifact(registry, parseReference(reference), releaseManifestType);
  return text === undefined ? [] : Object.keys(parseReleaseManifest(text, reference).architectures);
}

function absence(
  kind: ImageSelection['kind'],
  name: string,
  version: string | undefined,
  repository: string,
  tags: readonly string[],
): Problem {
  const code = 'image-missing';
  if (kind === 'base') {
    const message = `${name} has no base: ${repository}:${tags[0]} is not in its registry`;
    return { code, message, remedy: `build it: npx nx run base-${name}:build-image` };
  }
  if (version !== undefined) {
    return {
      code,
      message: `${version} is not published for ${name}: ${repository}:${tags[0]} is not in its registry`,
      remedy: `publish it: npx nx run runtime-image:publish --architectures=${name} --as=${version}`,
    };
  }
  return {
    code,
    message: `${name} has no runtime image: ${repository} has none of ${tags.join(', ')}`,
    remedy:
      'name a version with --as=v0.1.0 or an image with --image, or publish one: npx nx run runtime-image:publish',
  };
}
