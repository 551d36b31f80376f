import {
  coverage,
  Failure,
  findArchitecture,
  formatVersion,
  type Problem,
  parseReference,
  placedRepository,
  type ReleaseManifest,
  smokedTag,
  smokedType,
  toPep440,
  type Version,
} from '@slipway/contract';
import { asFailure, askGpus, type BuildEngine, putArtifact, readYank, tryRun } from '@slipway/effects';
import { newRecordPlace, type Surroundings, type Workspace, writeRecord } from '@slipway/images';
import { type FollowedTag, moveForward, readRelease } from './release.ts';
import { type SmokeCheck, smokeChecks } from './smoke-checks.ts';
import { runCheck } from './smoke-container.ts';

/** What came of starting one published image. */
export interface Smoked {
  architecture: string;
  digest: string;
  /** Seconds until the image was on this machine; it had to be pulled. */
  pullSeconds: number;
  checks: { name: string; seconds: number; problem?: string }[];
  problems: readonly Problem[];
}

/** What came of the smoke test of a version. */
export interface SmokeRecord {
  record: 'smoke';
  version: string;
  startedAt: string;
  endedAt: string;
  images: Smoked[];
  /** `<architecture>-latest` of each image of a stable version that started. */
  followed: FollowedTag[];
}

/** What is to be started. */
export interface SmokeRequest {
  version: Version;
  /** Default: all that were published. */
  architectures?: readonly string[];
  /** Seconds that one container may take. */
  limitSeconds: number;
}

/**
 * Starts every published image of a version and looks whether it does what it should. `<architecture>-latest` follows a
 * stable version whose image of that architecture does, and only forward.
 * @throws Failure `release-incomplete` when the version is not wholly published.
 */
export async function smoke(
  workspace: Workspace,
  { version, architectures, limitSeconds }: SmokeRequest,
  around: Surroundings,
): Promise<{ record: SmokeRecord; path: string }> {
  const { definition, inputs, doors } = workspace;
  const repository = placedRepository(definition.repositories.runtime, inputs.machine);
  const release = await requireRelease(workspace, repository, version);
  const names = architectures ?? Object.keys(release.architectures);
  for (const name of names) findArchitecture(definition, name);
  const engine = await doors.engine();
  const { gpus, failure } = await askGpus();
  if (failure) around.say(`what has to run on a GPU is tried only on those that answer: ${failure}`);
  const started = doors.now();
  const images: Smoked[] = [];
  // One after the other: each image has to be pulled, and the disk may hold just one.
  for (const name of names) {
    const published = release.architectures[name];
    if (published === undefined) throw incomplete(repository, version, `it was not published for ${name}`);
    const capabilities = (published.contract['io.slipway.gpu.compute-capabilities'] ?? '')
      .split(';')
      .filter(Boolean);
    const checks = smokeChecks(definition.application, formatVersion(version), toPep440(version), {
      gpu: gpus.some(({ computeCapability }) => coverage(capabilities, computeCapability) !== undefined),
      flashAttention: published.contract['io.slipway.flash-attention'] !== undefined,
    });
    const image = `${repository}@${published.digest}`;
    images.push(await start(image, name, checks, engine, limitSeconds, around));
  }
  const followed: FollowedTag[] = [];
  // Whoever interrupts wants nothing to be moved any more.
  if (version.rc === null && !around.signal?.aborted) {
    const yank = await readYank(doors.registry, repository, version);
    if (yank) around.say(`no latest tag follows ${formatVersion(version)}: it was yanked (${yank.reason})`);
    for (const { architecture, digest, problems } of images) {
      if (problems.length > 0 || yank) continue;
      const image = { digest, version };
      // Before latest: to it latest may go back one day.
      const noted = parseReference(`${repository}:${smokedTag(architecture, version)}`);
      await putArtifact(doors.registry, noted, smokedType, JSON.stringify({ digest }));
      followed.push(await moveForward(doors.registry, repository, `${architecture}-latest`, image));
    }
  }
  const record: SmokeRecord = {
    record: 'smoke',
    version: formatVersion(version),
    startedAt: started.toISOString(),
    endedAt: doors.now().toISOString(),
    images,
    followed,
  };
  return { record, path: writeRecord(around.root, newRecordPlace(started, 'smoke'), record) };
}

/** The release manifest of a version. Throws Failure `release-incomplete` when there is none. */
export async function requireRelease(
  { doors }: Workspace,
  repository: string,
  version: Version,
): Promise<ReleaseManifest> {
  const release = await readRelease(doors.registry, repository, version);
  if (release !== undefined) return release;
  throw incomplete(repository, version, 'its release manifest is not in the registry');
}

function incomplete(repository: string, version: Version, why: string): Failure {
  return new Failure({
    code: 'release-incomplete',
    message: `${repository} does not hold ${formatVersion(version)}: ${why}`,
    remedy: `publish it, which also completes a half published one: npx nx run runtime-image:publish --as=${formatVersion(version)}`,
  });
}

async function start(
  image: string,
  architecture: string,
  checks: readonly SmokeCheck[],
  engine: BuildEngine,
  limitSeconds: number,
  around: Surroundings,
): Promise<Smoked> {
  const project = `runtime-${architecture}`;
  const smoked: Smoked = {
    architecture,
    digest: image.split('@')[1] ?? '',
    pullSeconds: 0,
    checks: [],
    problems: [],
  };
  const { signal } = around;
  const known = (await tryRun(engine.docker(['image', 'inspect', image]))).exitCode === 0;
  try {
    around.say(`fetching ${image}`, project);
    const pulled = await tryRun(engine.docker(['pull', '--quiet', image], { signal }));
    if (pulled.exitCode !== 0) throw failed(architecture, 'pull', pulled.stderr);
    smoked.pullSeconds = pulled.durationMs / 1000;
    for (const check of checks) {
      around.now?.(project, check.name);
      const { seconds, problem } = await runCheck(image, check, engine, limitSeconds, signal);
      smoked.checks.push({ name: check.name, seconds, ...(problem !== undefined && { problem }) });
      around.say(`${check.name}: ${problem ?? 'as it should'}, ${seconds.toFixed(1)} s`, project);
    }
    const wrong = smoked.checks.flatMap(({ name, problem }) =>
      problem === undefined ? [] : failed(architecture, name, problem).problems,
    );
    smoked.problems = wrong;
  } catch (error) {
    smoked.problems = asFailure(error).problems;
  } finally {
    // The disk may hold just one of them.
    if (!known) await tryRun(engine.docker(['image', 'rm', '--force', image], { detached: true }));
  }
  return smoked;
}

function failed(architecture: string, check: string, why: string): Failure {
  return new Failure({
    code: 'smoke-failed',
    message: `${architecture}: ${check}: ${why}`,
    remedy: `correct the application and publish the next version; ${architecture}-latest stays where it is`,
  });
}
