import {
  type Architecture,
  Failure,
  formatVersion,
  fromPep440,
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
    message: 'no version was given, and the application states none',
    remedy: 'name it: npx nx run runtime-image:publish --as=v0.1.0',
  });
}

/** The runtime images of a version, one an architecture, before any registry was asked. */
export function planPublish(
  inputs: PlanInputs,
  architectures: readonly Architecture[],
  version: Version,
): ImagePlan[] {
  const problems = architectures.flatMap((architecture) => checkLock(inputs, architecture) ?? []);
  if (problems.length > 0) throw new Failure(problems);
  return architectures.map((architecture) =>
    planRuntime(inputs, architecture, {
      version,
      movingTags: [`${architecture.name}-${formatVersion(version)}`],
    }),
  );
}

/**
 * What keeps settled plans from being published: a base that is not there, or a version tag that holds something else.
 * A version's tag is written once and never moved.
 */
export function publishProblems(plans: readonly ImagePlan[]): Problem[] {
  return plans.flatMap((plan): Problem[] => {
    if (plan.state === 'waits') {
      return [
        {
          code: 'base-missing',
          message: `${plan.architecture}: ${plan.parent?.reference} is not in the registry`,
          remedy: `npx nx run ${plan.parent?.project}:build-image, or publish without it: --architectures=...`,
        },
      ];
    }
    return plan.movingTags
      .filter((tag) => plan.tagDigests[tag] && plan.tagDigests[tag] !== plan.digest)
      .map((tag) => ({
        code: 'version-taken' as const,
        message: `${plan.repository}:${tag} exists and was made from something else (${plan.tagDigests[tag]})`,
        remedy: 'publish what changed as the next version',
      }));
  });
}
