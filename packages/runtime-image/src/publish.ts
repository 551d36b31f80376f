import {
  Failure,
  findArchitecture,
  formatVersion,
  type Problem,
  parseReference,
  parseVersion,
  type ReleaseManifest,
  type Version,
} from '@slipway/contract';
import { asFailure, type Registry, readYank } from '@slipway/effects';
import {
  executeImages,
  type ImageOutcome,
  type ImagePlan,
  type ImageRecord,
  imageCall,
  keyProblem,
  outcomeOf,
  readPlan,
  type Surroundings,
  settlePlans,
  type Workspace,
} from '@slipway/images';
import { staleProblems } from './closure.ts';
import { deprecationNotes, noteDeprecations } from './deprecated.ts';
import { planProblems } from './plan-request.ts';
import { preflight } from './preflight.ts';
import { usedTag } from './prune-tags.ts';
import { planPublish, publishedVersion, takenVersions } from './publish-plan.ts';
import {
  type FollowedTag,
  foreignVersion,
  moveForward,
  readRelease,
  releaseOf,
  writeRelease,
} from './release.ts';

export interface PublishRequest {
  /** The version to publish; not called `version`, because Nx keeps `--version` to itself without a word. */
  as?: string;
  architectures?: readonly string[];
  /** File with a saved plan, which the two above may only repeat. */
  plan?: string;
}

/** What will be published, and what has to be known before. */
export interface PublishPlan {
  version: Version;
  images: ImagePlan[];
  /** What a person should know before it begins, such as bytes that have to be copied. */
  notes: string[];
}

/**
 * Plans a publish, settled against the registry.
 * @throws Failure with everything that keeps it from being carried out.
 */
export async function makePublishPlan(workspace: Workspace, request: PublishRequest): Promise<PublishPlan> {
  const { definition, inputs, doors } = workspace;
  const saved = request.plan === undefined ? undefined : readPlan(request.plan);
  const unfit = saved ? planProblems(saved, request) : [];
  if (unfit.length > 0) throw new Failure(unfit);
  const named = saved?.map(({ architecture }) => architecture) ?? request.architectures;
  const names = named ?? definition.architectures.map(({ name }) => name);
  const architectures = names.map((name) => findArchitecture(definition, name));
  let drafts: ImagePlan[];
  try {
    drafts = saved ?? planPublish(inputs, architectures, publishedVersion(request.as, inputs.pyproject));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure([
      ...error.problems,
      ...(await staleProblems(workspace, architectures, error.problems)),
    ]);
  }
  const plans = await settlePlans(drafts, doors.registry);
  const moved = plans.flatMap((plan, index) => keyProblem(drafts[index] ?? plan, plan) ?? []);
  const [found, mixed, foreign] = await Promise.all([
    preflight(workspace, plans, versionOf(plans)),
    mixedCommits(workspace, plans, versionOf(plans)),
    foreignVersion(doors.registry, plans[0]?.repository ?? '', versionOf(plans)),
  ]);
  const problems = [...moved, ...takenVersions(plans), ...foreign, ...mixed, ...found.problems];
  if (problems.length > 0) throw new Failure(problems);
  return {
    version: versionOf(plans),
    images: plans,
    notes: [...deprecationNotes(architectures), ...found.notes],
  };
}

/** The version that plans publish. */
function versionOf(plans: readonly ImagePlan[]): Version {
  return parseVersion((plans[0] && imageCall(plans[0])?.arguments.VERSION) ?? '');
}

/** What came of a publish. */
export interface Published {
  version: string;
  startedAt: string;
  durationSeconds: number;
  outcomes: ImageOutcome[];
  records: { record: ImageRecord; path: string }[];
  /** Architectures whose version tag was read back from the registry as what was made. */
  confirmed: string[];
  release?: ReleaseManifest;
  followed: FollowedTag[];
  problems: readonly Problem[];
}

/**
 * Carries out a publish. Every image is built under its key tag before the first tag of the version is written; the
 * release manifest, which makes the version whole, is written after the last one. Whatever is interrupted in between is
 * completed by the same command.
 */
export async function publish(
  workspace: Workspace,
  { version, images }: PublishPlan,
  around: Surroundings,
): Promise<Published> {
  const { definition, doors } = workspace;
  const started = doors.now();
  const { registry } = doors;
  await aside(() => markBases(registry, images), 'a prune of another workspace may delete its bases', around);
  const records = await executeImages(images, doors, around);
  const outcomes = records.map(outcomeOf);
  const done: Published = {
    version: formatVersion(version),
    startedAt: started.toISOString(),
    durationSeconds: 0,
    outcomes,
    records,
    confirmed: [],
    followed: [],
    problems: outcomes.flatMap((outcome) => ('problems' in outcome ? outcome.problems : [])),
  };
  try {
    if (done.problems.length === 0) {
      done.confirmed = await confirm(records, workspace);
      const commit = commitOf(images);
      const repository = images[0]?.repository ?? '';
      const release = releaseOf(
        version,
        definition.application.name,
        commit,
        records.map(({ record }) => record),
      );
      done.release = await writeRelease(doors.registry, repository, release, {
        startedAt: done.startedAt,
        seconds: (doors.now().getTime() - started.getTime()) / 1000,
        images: records.length,
      });
      // A prune that runs at the same time may have deleted an old image that was found again. From here on it sees that a
      // release manifest names it.
      done.confirmed = await confirm(records, workspace);
      const yank = await readYank(doors.registry, repository, version);
      if (yank) around.say(`no rc tag follows ${formatVersion(version)}: it was yanked (${yank.reason})`);
      if (version.rc !== null && !yank) {
        for (const { record } of records) {
          const { architecture } = record.plan;
          const image = { digest: record.digest ?? '', version };
          done.followed.push(await moveForward(doors.registry, repository, `${architecture}-rc`, image));
        }
      }
      const noted = { at: doors.now(), change: false };
      await aside(
        () => noteDeprecations(registry, repository, definition.architectures, noted),
        'which architectures are deprecated is not noted beside the images',
        around,
      );
    }
  } catch (error) {
    done.problems = asFailure(error).problems;
  }
  done.durationSeconds = (doors.now().getTime() - started.getTime()) / 1000;
  return done;
}

/** Does what a version is whole without: where it cannot be done, that is only told. */
async function aside(does: () => Promise<unknown>, without: string, { say }: Surroundings): Promise<void> {
  try {
    await does();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(`warning: ${without}: ${error.problems[0]?.message}`);
  }
}

/** Says at each base that versions stand on it, for a prune that does not look where they are. */
async function markBases(registry: Registry, images: readonly ImagePlan[]): Promise<void> {
  for (const { parent, repository } of images) {
    if (!parent?.digest) continue;
    const base = { ...parseReference(parent.reference), digest: null };
    const at = { ...base, tag: usedTag(base.tag ?? '', repository) };
    if ((await registry.digest(at)) === parent.digest) continue;
    const manifest = await registry.manifest({ ...base, tag: null, digest: parent.digest });
    if (manifest) await registry.putManifest(at, manifest);
  }
}

/** The commit that the application is at; null outside git, and with changes, which are in no commit. */
function commitOf(images: readonly ImagePlan[]): string | null {
  const git = images[0]?.sources?.[0]?.git;
  return git && !git.dirty ? git.commit : null;
}

/** A version is of one commit: architectures that are published later have to come from it too. */
async function mixedCommits(
  { doors }: Workspace,
  plans: readonly ImagePlan[],
  version: Version,
): Promise<Problem[]> {
  const repository = plans[0]?.repository ?? '';
  const there = await readRelease(doors.registry, repository, version);
  const more = plans.filter(({ architecture }) => there?.architectures[architecture] === undefined);
  const commit = commitOf(plans);
  if (there === undefined || more.length === 0 || there.commit === commit) return [];
  const names = more.map(({ architecture }) => architecture).join(', ');
  return [
    {
      code: 'version-taken',
      message: `${formatVersion(version)} was published from ${there.commit ?? 'changes without a commit'}, and ${names} would come from ${commit ?? 'changes without a commit'}`,
      remedy: there.commit
        ? `publish from there: git checkout ${there.commit}`
        : 'publish all of them as the next version',
    },
  ];
}

/** Reads the version's tags and the key tags back. */
async function confirm(records: readonly { record: ImageRecord }[], { doors }: Workspace): Promise<string[]> {
  const asked = records.map(async ({ record: { plan, digest } }) => {
    const at = await Promise.all(
      [plan.keyTag ?? '', ...plan.movingTags].map((tag) =>
        doors.registry.digest(parseReference(`${plan.repository}:${tag}`)),
      ),
    );
    return at.every((found) => found === digest) ? [plan.architecture] : [];
  });
  const confirmed = (await Promise.all(asked)).flat();
  const other = records
    .map(({ record }) => record.plan)
    .filter(({ architecture }) => !confirmed.includes(architecture));
  if (other.length === 0) return confirmed;
  throw new Failure(
    other.map(({ repository, movingTags }) => ({
      code: 'tag-moved' as const,
      message: `${repository}:${movingTags[0]} does not point at what was published`,
      remedy: 'look who else writes there, then start the same command again',
    })),
  );
}
