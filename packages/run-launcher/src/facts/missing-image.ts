import { Failure, formatReference, parseReference } from '@slipway/contract';
import type { Registry } from '@slipway/effects';
import { versionOfTag } from './published.ts';

/** How an image was chosen, for whoever has to choose another one. */
export interface Choice {
  /** Whether it is one of those that this workspace publishes. */
  own?: boolean;
  /** Why it is the one of its architecture, where nobody named that: `this host's GPU: A100 (8.0)`. */
  because?: string;
}

/** That a registry has not got an image: what was asked for, and what there is of the same version. */
export async function missingImage(
  registry: Registry,
  reference: string,
  { own = false, because }: Choice,
): Promise<Failure> {
  const { tag, digest, ...name } = parseReference(reference);
  const unnamed = tag === null && digest === null;
  const asked = formatReference({ ...name, tag: unnamed ? 'latest' : tag, digest });
  const others = own ? await othersOf(registry, reference) : [];
  return new Failure({
    code: 'image-missing',
    message: [
      `${asked} is not in its registry`,
      ...(unnamed ? ['without a tag, latest is asked for'] : []),
      ...(because ? [`its architecture was chosen: ${because}`] : []),
      ...(others.length > 0 ? [`of that version there are ${others.join(', ')}`] : []),
    ].join('; '),
    remedy: own
      ? 'check the version and architecture, or publish it: npx nx run runtime-image:publish'
      : 'check its name and tag',
  });
}

/** The tags of the same version. It is only advice: where they cannot be read, none is named. */
async function othersOf(registry: Registry, reference: string): Promise<string[]> {
  const version = versionOfTag(reference);
  if (version === null) return [];
  const tags = await registry.tags(parseReference(reference)).catch(() => []);
  return tags.filter((tag) => versionOfTag(`x:${tag}`) === version).slice(0, 10);
}
