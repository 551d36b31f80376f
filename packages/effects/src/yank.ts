import { parseReference, parseYank, type Version, type Yank, yankTag } from '@slipway/contract';
import { readArtifact } from './artifacts.ts';
import type { Registry } from './registry.ts';

/** Why a published version should not be used any more; undefined while it may be. */
export async function readYank(
  registry: Registry,
  repository: string,
  version: Version,
): Promise<Yank | undefined> {
  const text = await readArtifact(registry, parseReference(`${repository}:${yankTag(version)}`));
  return text === undefined ? undefined : parseYank(text, version);
}
