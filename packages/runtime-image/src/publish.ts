import { Failure, findArchitecture } from '@slipway/contract';
import { type ImagePlan, keyProblem, readPlan, settlePlans, type Workspace } from '@slipway/images';
import { planPublish, publishedVersion, publishProblems } from './publish-plan.ts';

export interface PublishRequest {
  /** The version to publish; not called `version`, because Nx keeps `--version` to itself without a word. */
  as?: string;
  architectures?: readonly string[];
  /** File with a saved plan. */
  plan?: string;
}

/**
 * Plans a publish, settled against the registry.
 * @throws Failure with everything that keeps it from being carried out.
 */
export async function makePublishPlan(workspace: Workspace, request: PublishRequest): Promise<ImagePlan[]> {
  const { definition, inputs, doors } = workspace;
  const names = request.architectures ?? definition.architectures.map(({ name }) => name);
  const architectures = names.map((name) => findArchitecture(definition, name));
  const drafts =
    request.plan === undefined
      ? planPublish(inputs, architectures, publishedVersion(request.as, inputs.pyproject))
      : readPlan(request.plan);
  const plans = await settlePlans(drafts, doors.registry);
  const moved = plans.flatMap((plan, index) => keyProblem(drafts[index] ?? plan, plan) ?? []);
  const problems = [...moved, ...publishProblems(plans)];
  if (problems.length > 0) throw new Failure(problems);
  return plans;
}

/** The version that plans publish, as their tags spell it. */
export function versionOf(plans: readonly ImagePlan[]): string {
  return plans[0]?.builds[0]?.arguments.VERSION ?? '';
}
