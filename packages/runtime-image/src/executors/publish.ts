import type { ExecutorContext } from '@nx/devkit';
import {
  command,
  describeOutcome,
  executeImages,
  openWorkspace,
  outcomeOf,
  printPlan,
} from '@slipway/images';
import { makePublishPlan, type PublishRequest, versionOf } from '../publish.ts';

/** `nx run runtime-image:publish` */
export default function publishExecutor(
  { dryRun, ...request }: PublishRequest & { dryRun?: boolean },
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (around) => {
    const workspace = await openWorkspace(around);
    const plans = await makePublishPlan(workspace, request);
    if (dryRun) {
      console.log(printPlan(plans));
      return true;
    }
    // Together: every image is built under its key tag before the first tag of the version is written.
    const outcomes = (await executeImages(plans, workspace.doors, around)).map(outcomeOf);
    for (const outcome of outcomes) console.log(describeOutcome(outcome));
    const success = outcomes.every((outcome) => !('problems' in outcome));
    if (success)
      console.log(
        `published ${versionOf(plans)} for ${plans.map(({ architecture }) => architecture).join(', ')}`,
      );
    else
      console.error(
        'not published: start the same command again when the problems are solved; what was built is kept',
      );
    return success;
  });
}
