import { compareVersions, parseVersion, versionPattern } from '@slipway/contract';

/** Where a version stands between its tag in git and its images. */
export interface VersionStatus {
  version: string;
  /**
   * `published`: its release manifest is there. `half`: some of its images are, and the manifest is not. `never started`:
   * nothing is. `yanked`: published, and not to be used.
   */
  state: 'published' | 'half' | 'never started' | 'yanked';
  /** Whether git has a tag of it; what was published without one came from someone's workspace. */
  tagged: boolean;
  /** Architectures whose image has the version's tag. */
  architectures: string[];
  /** Architectures of the definition that have none. */
  missing: string[];
  /** What completes it, or is due next; absent: nothing is. */
  command?: string;
}

/**
 * Holds the tags of git against those of the runtime repository.
 * @param facts.architectures of the definition.
 * @param facts.latest architecture -> the version that `<architecture>-latest` is at, where there is one.
 * @returns the highest version first.
 */
export function releaseStatus(facts: {
  gitTags: readonly string[];
  imageTags: readonly string[];
  architectures: readonly string[];
  latest: Readonly<Record<string, string>>;
}): VersionStatus[] {
  const { architectures, latest } = facts;
  const gitTags = new Set(facts.gitTags.filter((tag) => versionPattern.test(tag)));
  const imageTags = new Set(facts.imageTags);
  const images = new Map<string, string[]>();
  for (const tag of imageTags) {
    const [, architecture, version = ''] = /^(.+?)-(v\d.*)$/.exec(tag) ?? [];
    if (architecture === undefined || !versionPattern.test(version)) continue;
    images.set(version, [...(images.get(version) ?? []), architecture].sort());
  }
  const manifests = facts.imageTags.filter((tag) => versionPattern.test(tag));
  const versions = [...new Set([...gitTags, ...images.keys(), ...manifests])].toSorted((a, b) =>
    compareVersions(parseVersion(b), parseVersion(a)),
  );
  const yanked = (version: string) => imageTags.has(`${version}.yank`);
  const newest = versions.find(
    (version) => parseVersion(version).rc === null && imageTags.has(version) && !yanked(version),
  );
  return versions.map((version) => {
    const there = images.get(version) ?? [];
    const published = imageTags.has(version);
    const state = yanked(version)
      ? 'yanked'
      : published
        ? 'published'
        : there.length > 0
          ? 'half'
          : 'never started';
    const behind = version === newest && there.some((name) => latest[name] !== version);
    const command =
      state === 'half' || state === 'never started'
        ? gitTags.has(version)
          ? `git fetch origin tag ${version} && git checkout ${version} && npx nx run runtime-image:publish --as=${version}`
          : `npx nx run runtime-image:publish --as=${version}, in the workspace that it was published from`
        : behind
          ? `npx nx run runtime-image:smoke --as=${version}`
          : undefined;
    return {
      version,
      state,
      tagged: gitTags.has(version),
      architectures: there,
      missing: architectures.filter((name) => !there.includes(name)),
      ...(command && { command }),
    };
  });
}

/** One line a version, and below it what completes it. */
export function describeStatus(statuses: readonly VersionStatus[]): string {
  if (statuses.length === 0)
    return 'no version yet: npx nx run release:plan says what the first one would be';
  const width = Math.max(...statuses.map(({ version }) => version.length));
  return statuses
    .flatMap(({ version, state, tagged, architectures, missing, command }) => [
      [
        version.padEnd(width),
        state.padEnd('never started'.length),
        architectures.join(', '),
        ...(missing.length > 0 && architectures.length > 0 ? [`without ${missing.join(', ')}`] : []),
        ...(tagged ? [] : ['no tag in git']),
      ]
        .join('  ')
        .trimEnd(),
      ...(command ? [`${' '.repeat(width)}  -> ${command}`] : []),
    ])
    .join('\n');
}
