import {
  formatReference,
  type ImageReference,
  parseReference,
  parseVersion,
  versionPattern,
} from '@slipway/contract';
import { type Registry, readArtifact, readYank as readYankOf } from '@slipway/effects';
import * as z from 'zod';
import type { CheckFacts } from '../checks/check.ts';

/** The part of a release manifest that says which images there are, in whatever form the rest of it is. */
const releaseSchema = z.looseObject({
  architectures: z.record(z.string(), z.looseObject({ contract: z.record(z.string(), z.string()) })),
});

/** The version that an image's tag ends in: `ampere-v0.1.1`; null for any other tag. */
export function versionOfTag(reference: string): string | null {
  const { tag } = parseReference(reference);
  const version = tag === null ? undefined : /-(v\d.*)$/.exec(tag)?.[1];
  return version !== undefined && versionPattern.test(version) ? version : null;
}

/** Whether a version was withdrawn; null: it was not. */
export async function readYank(
  registry: Registry,
  reference: string,
  version: string,
): Promise<CheckFacts['yanked']> {
  const repository = formatReference({ ...parseReference(reference), tag: null, digest: null });
  return (await readYankOf(registry, repository, parseVersion(version))) ?? null;
}

/** The images of a version for all architectures, by its release manifest; none where there is no such manifest. */
export async function readSiblings(
  registry: Registry,
  reference: string,
  version: string,
): Promise<CheckFacts['siblings']> {
  const text = await readArtifact(registry, beside(reference, version)).catch(() => undefined);
  const parsed = releaseSchema.safeParse(jsonOr(text ?? ''));
  // It only serves to name a better image: where it cannot be read, none is named.
  return Object.entries(parsed.data?.architectures ?? {}).map(([name, { contract }]) => ({
    tag: `${name}-${version}`,
    computeCapabilities: (contract['io.slipway.gpu.compute-capabilities'] ?? '').split(';').filter(Boolean),
  }));
}

const beside = (reference: string, tag: string): ImageReference => ({
  ...parseReference(reference),
  tag,
  digest: null,
});

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
