import type { ExecutorContext } from '@nx/devkit';
import { Failure, formatProblem } from '@slipway/contract';
import {
  describeOutcome,
  executeImages,
  interruption,
  openWorkspace,
  outcomeOf,
  printPlan,
} from '@slipway/images';
import { makePublishPlan, type PublishRequest, versionOf } from '../publish.ts';

/** `nx run runtime-image:publish` */
export default async function publishExecutor(
  { dryRun, ...request }: PublishRequest & { dryRun?: boolean },
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  const { signal, dispose } = interruption();
  const around = { root, signal, say: (line: string) => console.error(line) };
  try {
    const workspace = await openWorkspace(around);
    const plans = await makePublishPlan(workspace, request);
    if (dryRun) {
      console.log(printPlan(plans));
      return { success: true };
    }
    // Together: every image is built under its key tag before the first tag of the version is written.
    const outcomes = (await executeImages(plans, workspace.doors, around)).map(outcomeOf);
    for (const outcome of outcomes) console.log(describeOutcome(outcome));
    const success = outcomes.every((outcome) => !('problems' in outcome));
    if (success)
      console.log(
        `published ${versionOf(plans)} for ${plans.map(({ architecture }) => architecture).join(', ')}`,
      );
    else console.error('nothing was published: no tag of the version was written');
    return { success };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.problems.map(formatProblem).join('\n'));
    return { success: false };
  } finally {
    dispose();
  }
}
