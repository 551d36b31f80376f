import { Failure, findArchitecture, type Problem } from '@slipway/contract';
import {
  executeImage,
  type ImageOutcome,
  type ImagePlan,
  readPlan,
  type Surroundings,
  settlePlans,
  type Workspace,
} from '@slipway/images';
import { planPublish, publishedVersion, publishProblems } from './publish-plan.ts';

export interface PublishRequest {
  version?: string;
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
      ? planPublish(inputs, architectures, publishedVersion(request.version, inputs.pyproject))
      : readPlan(request.plan);
  const plans = await settlePlans(drafts, doors.registry);
  const problems = publishProblems(plans);
  if (problems.length > 0) throw new Failure(problems);
  return plans;
}

/**
 * Builds all images under their key tags first, and only when every one is there points the version's tags at them: no
 * reader meets a version that is half there.
 */
export async function publish(
  plans: readonly ImagePlan[],
  { doors }: Workspace,
  around: Surroundings,
): Promise<{ outcomes: ImageOutcome[]; problems: readonly Problem[] }> {
  const built: ImageOutcome[] = [];
  for (const plan of plans) {
    const say = (line: string) => around.say(`${plan.project}: ${line}`);
    say(plan.reason);
    built.push(
      await execute({ ...plan, movingTags: [], state: plan.state === 'tag' ? 'current' : plan.state }, say),
    );
  }
  const problems = built.flatMap((outcome) => ('problems' in outcome ? outcome.problems : []));
  if (problems.length > 0) return { outcomes: built, problems };
  const tagged: ImageOutcome[] = [];
  for (const [index, plan] of plans.entries()) {
    const say = (line: string) => around.say(`${plan.project}: ${line}`);
    const outcome = await execute({ ...plan, state: plan.state === 'current' ? 'current' : 'tag' }, say);
    // The record that a person wants to see is the one of the build, with the tags that it got.
    const before = built[index];
    tagged.push('problems' in outcome || !before || !('plan' in before) ? outcome : { ...before, plan });
  }
  return { outcomes: tagged, problems: tagged.flatMap((each) => ('problems' in each ? each.problems : [])) };

  async function execute(plan: ImagePlan, say: (line: string) => void): Promise<ImageOutcome> {
    const { record, path } = await executeImage(plan, doors, { ...around, say });
    return record.problems
      ? { project: plan.project, problems: record.problems }
      : { project: plan.project, plan, record, recordPath: path };
  }
}

/** The version that plans publish, as their tags spell it. */
export function versionOf(plans: readonly ImagePlan[]): string {
  return plans[0]?.builds[0]?.arguments.VERSION ?? '';
}
