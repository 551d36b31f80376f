import {
  type Architecture,
  Failure,
  fromPep440,
  nextVersion,
  type Problem,
  parsePyproject,
  parseVersion,
  type Version,
} from '@slipway/contract';
import { checkLock, type ImagePlan, type PlanInputs, planRuntime } from '@slipway/images';

/** The version that was asked for, or the one that the application's pyproject.toml states. */
export function publishedVersion(asked: string | undefined, pyproject: PlanInputs['pyproject']): Version {
  if (asked !== undefined) return parseVersion(asked);
  const stated = pyproject && parsePyproject(pyproject.text, pyproject.file).version;
  if (stated) return fromPep440(stated);
  throw new Failure({
    code: 'version-missing',
    ...(pyproject && { where: { file: pyproject.file } }),
    message:
      'no version was given, and neither pyproject.toml nor a file of release.version_files states one',
    remedy:
      'name it: npx nx run runtime-image:publish --as=v0.1.0, or the file that states it, under version_files of slipway.toml',
  });
}

/** The runtime images of a version, one an architecture, before any registry was asked. */
export function planPublish(
  inputs: PlanInputs,
  architectures: readonly Architecture[],
  version: Version,
): ImagePlan[] {
  const problems: Problem[] = [];
  const plans = architectures.flatMap((architecture) => {
    try {
      const stale = checkLock(inputs, architecture);
      if (stale) throw new Failure(stale);
      return [planRuntime(inputs, architecture, version)];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problems.push(
        ...error.problems.map((problem) => ({
          ...problem,
          message: `${architecture.name}: ${problem.message}`,
        })),
      );
      return [];
    }
  });
  if (problems.length > 0) throw new Failure(problems);
  return plans;
}

/** Version tags that hold something else already. A version's tag is written once and never moved. */
export function takenVersions(plans: readonly ImagePlan[]): Problem[] {
  return plans.flatMap((plan): Problem[] =>
    plan.movingTags
      .filter((tag) => plan.tagDigests[tag] && plan.tagDigests[tag] !== plan.digest)
      .map((tag) => ({
        code: 'version-taken' as const,
        message: `${plan.repository}:${tag} exists and was made from something else (${plan.tagDigests[tag]})`,
        remedy: nextVersion,
      })),
  );
}
