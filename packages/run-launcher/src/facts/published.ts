import {
  formatReference,
  type ImageReference,
  parseReference,
  parseVersion,
  readJson,
  releaseManifestType,
  versionPattern,
} from '@slipway/contract';
import {
  asFailure,
  type Registry,
  readArtifact,
  readImageLabels,
  readYank as readYankOf,
} from '@slipway/effects';
import * as z from 'zod';
import type { CheckFacts } from '../checks/check.ts';
import type { RunPlan } from '../plan/run-plan.ts';

/** The part of a release manifest that says which images there are, in whatever form the rest of it is. */
const releaseSchema = z.looseObject({
  commit: z.string().nullish(),
  architectures: z.record(
    z.string(),
    z.looseObject({ digest: z.string().optional(), contract: z.record(z.string(), z.string()) }),
  ),
});

/** What a registry tells of a version. */
export interface Published {
  version: string;
  yanked: CheckFacts['yanked'];
  /** Null: there is no release manifest, or it cannot be read. */
  release: {
    /** Of the application's sources; null: they were in no git repository. */
    commit: string | null;
    images: { tag: string; digest: string | null; computeCapabilities: string[] }[];
  } | null;
}

const capabilitiesLabel = 'io.slipway.gpu.compute-capabilities';

/** The version that an image's tag ends in: `ampere-v0.1.1`; null for any other tag. */
export function versionOfTag(reference: string): string | null {
  const { tag } = parseReference(reference);
  const version = tag === null ? undefined : /^.+-(v\d+\.\d+\.\d+.*)$/.exec(tag)?.[1];
  return version !== undefined && versionPattern.test(version) ? version : null;
}

/** The version that an image states of itself, whatever it is called by; null: none. */
export function versionOfLabels(labels: Readonly<Record<string, string>>): string | null {
  const version = labels['org.opencontainers.image.version'] ?? '';
  return versionPattern.test(version) ? version : null;
}

/** What is known of a version, beside its images. A registry that cannot be asked is no failure: it is told. */
export async function readPublished(
  registry: Registry,
  reference: string,
  version: string,
): Promise<Published> {
  const [yanked, release] = await Promise.all([
    readYank(registry, reference, version),
    readRelease(registry, reference, version),
  ]);
  return { version, yanked, release };
}

/** Whether a version was withdrawn. */
export async function readYank(
  registry: Registry,
  reference: string,
  version: string,
): Promise<CheckFacts['yanked']> {
  const repository = formatReference({ ...parseReference(reference), tag: null, digest: null });
  try {
    return (await readYankOf(registry, repository, parseVersion(version))) ?? null;
  } catch (error) {
    return { unasked: asFailure(error).problems[0]?.message ?? String(error) };
  }
}

/**
 * Whether any version that an image stands for was withdrawn: that of its tag, and that which it states itself, by which
 * it is found behind a digest or another tag.
 */
export async function readYanks(
  registry: Registry,
  { reference, labels }: Pick<RunPlan['image'], 'reference' | 'labels'>,
): Promise<CheckFacts['yanked']> {
  const versions = new Set(
    [versionOfTag(reference), versionOfLabels(labels)].filter((each) => each !== null),
  );
  const answers = await Promise.all([...versions].map((version) => readYank(registry, reference, version)));
  return worstYank(answers);
}

/** A withdrawal before a question that nobody answered, before nothing. */
export function worstYank(answers: readonly CheckFacts['yanked'][]): CheckFacts['yanked'] {
  return answers.find((answer) => answer && 'version' in answer) ?? answers.find(Boolean) ?? null;
}

/** The commit of the application's code in an image, if a release manifest lists that image. */
export function commitOf(published: readonly Published[], digest: string): string | null {
  const release = published.find(({ release }) => release?.images.some((image) => image.digest === digest));
  return release?.release?.commit ?? null;
}

/**
 * The images of a version for all architectures: by its release manifest, or, where there is none, by the labels of what
 * lies under the tags of the version.
 */
export async function readSiblings(
  registry: Registry,
  reference: string,
  { version, release }: Published,
): Promise<CheckFacts['siblings']> {
  if (release !== null) return release.images;
  // It only serves to name a better image: where it cannot be read, none is named.
  const tags = await registry.tags(beside(reference, version)).catch(() => []);
  const images = await Promise.all(
    tags
      .filter((tag) => tag.endsWith(`-${version}`))
      .map(async (tag) => {
        const { labels } = await readImageLabels(registry, beside(reference, tag));
        const capabilities = labels[capabilitiesLabel];
        return capabilities === undefined ? [] : [{ tag, computeCapabilities: listed(capabilities) }];
      })
      .map((image) => image.catch(() => [])),
  );
  return images.flat();
}

async function readRelease(
  registry: Registry,
  reference: string,
  version: string,
): Promise<Published['release']> {
  const text = await readArtifact(registry, beside(reference, version), releaseManifestType).catch(
    () => undefined,
  );
  const { data } = releaseSchema.safeParse(readJson(text ?? ''));
  if (data === undefined) return null;
  return {
    commit: data.commit ?? null,
    images: Object.entries(data.architectures).map(([name, { digest = null, contract }]) => ({
      tag: `${name}-${version}`,
      digest,
      computeCapabilities: listed(contract[capabilitiesLabel] ?? ''),
    })),
  };
}

const listed = (capabilities: string): string[] => capabilities.split(';').filter(Boolean);

const beside = (reference: string, tag: string): ImageReference => ({
  ...parseReference(reference),
  tag,
  digest: null,
});
