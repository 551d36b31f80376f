import { type Deprecation, deprecationTag, parseDeprecation, parseReference } from '@slipway/contract';
import { readArtifact } from './artifacts.ts';
import type { Registry } from './registry.ts';

/** What is noted beside the images of an architecture about its use; undefined when nothing is. */
export async function readDeprecation(
  registry: Registry,
  repository: string,
  architecture: string,
): Promise<Deprecation | undefined> {
  const text = await readArtifact(registry, parseReference(`${repository}:${deprecationTag(architecture)}`));
  return text === undefined ? undefined : parseDeprecation(text, architecture);
}
