import { formatVersion, type Problem, parseVersion } from '@slipway/contract';
import { type ImagePlan, imageCall } from '@slipway/images';
import type { PublishRequest } from './publish.ts';

/**
 * Whether a saved plan is one of a single version's runtime images, and what was asked for beside it is what it holds. A
 * plan is carried out as it is: it cannot be made to publish another version, or less than it says.
 * @throws Failure `version-malformed` when the version that was asked for is none.
 */
export function planProblems(
  images: readonly ImagePlan[],
  { plan = 'plan.json', as, architectures }: PublishRequest,
): Problem[] {
  if (images.length === 0) return [unfit(plan, 'it holds no image')];
  const others = images.filter((image) => image.kind !== 'runtime' || versionIn(image) === '');
  if (others.length > 0) {
    const projects = others.map(({ project }) => project).join(', ');
    return [unfit(plan, `it holds ${projects}, which no version publishes`)];
  }
  const versions = [...new Set(images.map(versionIn))];
  if (versions.length > 1) return [unfit(plan, `it holds several versions: ${versions.join(', ')}`)];
  const [version = ''] = versions;
  const planned = images.map(({ architecture }) => architecture);
  const twice = planned.filter((name, index) => planned.indexOf(name) !== index);
  if (twice.length > 0) return [unfit(plan, `it holds ${twice.join(', ')} twice`)];
  const problems: Problem[] = [];
  if (as !== undefined && formatVersion(parseVersion(as)) !== version) {
    problems.push(disagreement(`--as=${as}`, `${plan} is the plan of ${version}`, '--as', plan));
  }
  if (
    architectures !== undefined &&
    [...new Set(architectures)].sort().join() !== [...planned].sort().join()
  ) {
    const asked = `--architectures=${architectures.join(',')}`;
    problems.push(
      disagreement(asked, `${plan} is the plan of ${planned.join(', ')}`, '--architectures', plan),
    );
  }
  return problems;
}

const versionIn = (image: ImagePlan): string => imageCall(image)?.arguments.VERSION ?? '';

function disagreement(asked: string, holds: string, option: string, plan: string): Problem {
  return {
    code: 'usage',
    message: `${asked} was given, but ${holds}`,
    remedy: `leave ${option} out, or make the plan anew with it: npx nx run runtime-image:publish --dry-run ${asked} > ${plan}`,
  };
}

function unfit(plan: string, why: string): Problem {
  return {
    code: 'usage',
    where: { file: plan },
    message: `this is not the plan of a publish: ${why}`,
    remedy: `make one: npx nx run runtime-image:publish --dry-run --as=v0.1.0 > ${plan}`,
  };
}
