import {
  compareVersions,
  extendRelease,
  Failure,
  formatVersion,
  type ImageReference,
  imageNotes,
  type Problem,
  type PublishTime,
  parsePublishTimes,
  parseReference,
  parseReleaseManifest,
  parseVersion,
  publishesAnnotation,
  type ReleaseManifest,
  releaseManifestType,
  type Version,
} from '@slipway/contract';
import { openArtifact, putArtifact, type Registry, readImageLabels } from '@slipway/effects';
import { type ImageRecord, imageCall } from '@slipway/images';

/** The release manifest of a version; undefined while the version is not wholly published. */
export async function readRelease(
  registry: Registry,
  repository: string,
  version: Version,
): Promise<ReleaseManifest | undefined> {
  return (await readPublished(registry, repository, version))?.release;
}

/** The release manifest of a version, and how long its publishes took; undefined while it is not wholly published. */
export async function readPublished(
  registry: Registry,
  repository: string,
  version: Version,
): Promise<{ release: ReleaseManifest; publishes: PublishTime[] } | undefined> {
  const reference = parseReference(`${repository}:${formatVersion(version)}`);
  const found = await openArtifact(registry, reference, { type: releaseManifestType });
  return (
    found && {
      release: parseReleaseManifest(found.text, `${repository}:${formatVersion(version)}`),
      publishes: parsePublishTimes(found.annotations[publishesAnnotation]),
    }
  );
}

/** Why a version that is not published cannot be: somebody's own image has the tag of its release manifest. */
export async function foreignVersion(
  registry: Registry,
  repository: string,
  version: Version,
): Promise<Problem[]> {
  const reference = `${repository}:${formatVersion(version)}`;
  const manifest = await registry.manifest(parseReference(reference));
  const { artifactType } = JSON.parse(manifest?.raw ?? '{}') as { artifactType?: string };
  if (manifest === undefined || artifactType === releaseManifestType) return [];
  const message = `${reference} exists and is no release manifest (${manifest.digest})`;
  return [{ code: 'version-taken', message, remedy: 'delete that tag, or publish as another version' }];
}

/**
 * Writes the release manifest of what was published, last of all: it is what makes the version whole. Architectures that
 * were published before stay in it. A version that is there as it should be is not written again.
 * @param took is added to what is known of earlier publishes of the version.
 * @throws Failure `version-taken` when one of them is there with another image.
 */
export async function writeRelease(
  registry: Registry,
  repository: string,
  release: ReleaseManifest,
  took?: PublishTime,
): Promise<ReleaseManifest> {
  const version = parseVersion(release.version);
  const reference = parseReference(`${repository}:${release.version}`);
  let wanted = release;
  // Somebody else may publish other architectures of it at the same time: whoever writes last looks again.
  for (let tries = 0; ; tries += 1) {
    const published = await readPublished(registry, repository, version);
    const there = published?.release;
    const whole = extendRelease(there, wanted);
    wanted = { ...whole, notes: imageNotes(whole, repository) };
    if (there !== undefined && JSON.stringify(wanted) === JSON.stringify(there)) return wanted;
    if (tries === 5) throw contended(repository, release.version);
    const before = (published?.publishes ?? []).filter(({ startedAt }) => startedAt !== took?.startedAt);
    const publishes = JSON.stringify([...before, ...(took ? [took] : [])]);
    await putArtifact(registry, reference, releaseManifestType, JSON.stringify(wanted), {
      annotations: { [publishesAnnotation]: publishes },
    });
  }
}

function contended(repository: string, version: string): Failure {
  return new Failure({
    code: 'tag-moved',
    message: `${repository}:${version} is written by others at the same time`,
    remedy: 'start the same command again when they have ended',
  });
}

/** What was published of a version, from the records of its images. */
export function releaseOf(
  version: Version,
  application: string,
  commit: string | null,
  records: readonly ImageRecord[],
): ReleaseManifest {
  const architectures = records.map(({ plan, digest = '', layers = [] }) => {
    const labels = imageCall(plan)?.labels ?? {};
    return [
      plan.architecture,
      {
        digest,
        keyTag: plan.keyTag ?? '',
        base: {
          keyTag: parseReference(plan.parent?.reference ?? '').tag ?? '',
          digest: plan.parent?.digest ?? '',
        },
        contract: Object.fromEntries(
          Object.entries(labels).filter(
            ([name]) => name.startsWith('io.slipway.') && !/build|kind|application/.test(name),
          ),
        ),
        bytes: layers.reduce((sum, { bytes }) => sum + bytes, 0),
      },
    ] as const;
  });
  return {
    slipwayRelease: 1,
    version: formatVersion(version),
    application,
    commit,
    notes: '',
    architectures: Object.fromEntries(architectures.toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** A tag such as `cpu-latest` or `cpu-rc`, and what became of it. */
export interface FollowedTag {
  tag: string;
  moved: boolean;
  /** Why it was not moved, or what it pointed at before. */
  why: string;
}

/**
 * Points a tag at an image of a version, if it points at none of a later version: such tags only move forward.
 */
export async function moveForward(
  registry: Registry,
  repository: string,
  tag: string,
  image: { digest: string; version: Version },
): Promise<FollowedTag> {
  const reference = parseReference(`${repository}:${tag}`);
  const now = await registry.digest(reference);
  if (now === image.digest) return { tag, moved: false, why: 'it points there already' };
  const before =
    now === undefined ? undefined : await versionAt(registry, { ...reference, tag: null, digest: now });
  if (before !== undefined && compareVersions(before, image.version) > 0) {
    return { tag, moved: false, why: `it is at ${formatVersion(before)}, which is later` };
  }
  const manifest = await registry.manifest({ ...reference, tag: null, digest: image.digest });
  if (manifest === undefined) {
    throw new Failure({
      code: 'image-missing',
      message: `${repository}@${image.digest} is not in the registry`,
      remedy: 'publish the version again',
    });
  }
  await registry.putManifest(reference, manifest);
  return { tag, moved: true, why: before === undefined ? 'it is new' : `it was at ${formatVersion(before)}` };
}

/** The version of an image by its label; undefined when it has none that can be read. */
async function versionAt(registry: Registry, reference: ImageReference): Promise<Version | undefined> {
  try {
    const { labels } = await readImageLabels(registry, reference);
    return parseVersion(labels['org.opencontainers.image.version'] ?? '');
  } catch (error) {
    // Of anything else, such as a registry that fails for a moment, nothing may be concluded.
    const codes = error instanceof Failure ? error.problems.map(({ code }) => code) : [];
    if (codes.includes('image-missing') || codes.includes('version-malformed')) return undefined;
    throw error;
  }
}
