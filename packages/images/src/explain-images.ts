import type { Problem } from '@slipway/contract';
import type { Registry } from '@slipway/effects';
import { readBuildFacts } from './build-facts.ts';
import { type ImageRequest, isProblems, planImages, type Workspace } from './build-images.ts';
import { type Difference, describeDifference, diffComponents, onlyVersion } from './explain.ts';
import { type ImagePlan, newestTags, type State } from './plan.ts';
import { projectPrefix } from './project-prefix.ts';

/** Why an image would be built, or why not. */
export interface Explanation {
  project: string;
  state?: State;
  reason: string;
  /** What differs from the image that the moving tag points at; absent when there is none to compare with. */
  differences?: Difference[];
  problems?: readonly Problem[];
}

/** Explains the state of images against what their moving tags point at. */
export async function explainImages(
  workspace: Workspace,
  requests: readonly ImageRequest[],
): Promise<Explanation[]> {
  const planned = await planImages(workspace, requests);
  return Promise.all(
    [...planned].map(async ([project, plan]): Promise<Explanation> => {
      if (isProblems(plan)) return { project, reason: plan[0]?.message ?? '', problems: plan };
      const { state, reason } = plan;
      // While its base is missing, what an image will be made of is not known.
      if (state === 'current' || state === 'waits') return { project, state, reason, differences: [] };
      const differences = await explainPlan(plan, workspace.doors.registry);
      if (differences !== undefined) return { project, state, reason, differences };
      return { project, state, reason: `${reason}; nothing is published under ${plan.movingTags[0]}` };
    }),
  );
}

/**
 * What differs from the image that the moving tag of a plan points at, of a version that is not there yet from the newest
 * one that is; undefined when there is none.
 */
export async function explainPlan(
  { kind, architecture, repository, movingTags, components }: ImagePlan,
  registry: Registry,
): Promise<Difference[] | undefined> {
  for (const tag of [...movingTags, ...(kind === 'runtime' ? newestTags(architecture) : [])]) {
    const published = await readBuildFacts(repository, tag, registry);
    if (published) return diffComponents(published.components, components, { kind, architecture });
  }
  return undefined;
}

/** One line for each image, and one for each thing that differs. */
export function describeExplanation({ project, state, reason, differences = [] }: Explanation): string {
  const verdicts = {
    current: 'up to date',
    tag: 'only a tag to move',
    build: 'rebuild',
    waits: 'waits for its base',
  };
  const verdict = state === undefined ? 'cannot be planned' : verdicts[state];
  return [
    `${projectPrefix(project)}${onlyVersion(differences) ? 'only the layer of its version' : verdict} (${reason})`,
    ...differences.map((each) => `  because ${describeDifference(each)}`),
  ].join('\n');
}
