import {
  compareVersions,
  Failure,
  formatVersion,
  parseReference,
  parseVersion,
  smokedTag,
  type Version,
  versionPattern,
  type Yank,
  yankTag,
  yankType,
} from '@slipway/contract';
import { putArtifact, type Registry, readYank } from '@slipway/effects';
import { type FollowedTag, readRelease } from '@slipway/runtime-image/api';

/**
 * Marks a published version as one not to be used: a note beside its release manifest, which stays as it is, and so do its
 * images. `<architecture>-latest` (of a candidate: `-rc`) goes back to the highest version that is good. Called again, it
 * keeps the first note and completes the rest.
 * @throws Failure `release-incomplete` when the version is not published.
 */
export async function yankVersion(
  registry: Registry,
  repository: string,
  version: Version,
  note: { reason: string; at: Date },
): Promise<{ yank: Yank; followed: FollowedTag[] }> {
  const release = await readRelease(registry, repository, version);
  if (release === undefined) {
    throw new Failure({
      code: 'release-incomplete',
      message: `${repository} does not hold ${formatVersion(version)}: there is nothing to yank`,
      remedy: 'see which versions there are: npx nx run release:status',
    });
  }
  let yank = await readYank(registry, repository, version);
  if (yank === undefined) {
    const { reason, at } = note;
    yank = { slipwayYank: 1, version: formatVersion(version), reason, at: at.toISOString() };
    const reference = parseReference(`${repository}:${yankTag(version)}`);
    await putArtifact(registry, reference, yankType, JSON.stringify(yank));
  }
  const followed: FollowedTag[] = [];
  for (const [architecture, { digest }] of Object.entries(release.architectures)) {
    const tag = `${architecture}-${version.rc === null ? 'latest' : 'rc'}`;
    const now = await registry.digest(parseReference(`${repository}:${tag}`));
    if (now === digest) followed.push(await moveBack(registry, repository, architecture, tag, version));
  }
  return { yank, followed };
}

/** Points a tag at the image of the highest good version of its kind. */
async function moveBack(
  registry: Registry,
  repository: string,
  architecture: string,
  tag: string,
  yanked: Version,
): Promise<FollowedTag> {
  for (const version of await publishedVersions(registry, repository)) {
    if ((version.rc === null) !== (yanked.rc === null)) continue;
    if (compareVersions(version, yanked) >= 0) continue;
    // Latest is only ever at what has started.
    const noted = parseReference(`${repository}:${smokedTag(architecture, version)}`);
    if (version.rc === null && (await registry.digest(noted)) === undefined) continue;
    if (await readYank(registry, repository, version)) continue;
    const digest = (await readRelease(registry, repository, version))?.architectures[architecture]?.digest;
    const manifest =
      digest && (await registry.manifest({ ...parseReference(repository), tag: null, digest }));
    if (!manifest) continue;
    await registry.putManifest(parseReference(`${repository}:${tag}`), manifest);
    return { tag, moved: true, why: `back to ${formatVersion(version)}` };
  }
  // Few registries let a tag be deleted, and whoever follows it is told that the version is yanked.
  return { tag, moved: false, why: 'there is no good version that it could go back to' };
}

/** Versions whose release manifest may be there, the highest first. */
export async function publishedVersions(registry: Registry, repository: string): Promise<Version[]> {
  const tags = await registry.tags(parseReference(repository));
  return tags
    .filter((tag) => versionPattern.test(tag))
    .map(parseVersion)
    .toSorted((a, b) => compareVersions(b, a));
}
