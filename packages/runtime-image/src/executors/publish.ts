import type { ExecutorContext } from '@nx/devkit';
import { formatVersion } from '@slipway/contract';
import {
  type AttestOptions,
  command,
  describeOutcome,
  openWorkspace,
  printPlan,
  withSupplyChain,
  writeRecord,
} from '@slipway/images';
import { describePublish, writeStepSummary } from '../describe-publish.ts';
import { makePublishPlan, type PublishRequest, publish } from '../publish.ts';

/** `nx run runtime-image:publish` */
export default function publishExecutor(
  { dryRun, builder, ...request }: PublishRequest & AttestOptions & { dryRun?: boolean; builder?: string },
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(
    root,
    async (around) => {
      const workspace = withSupplyChain(await openWorkspace(around), root, request);
      const plan = await makePublishPlan(workspace, request);
      if (dryRun) {
        console.log(printPlan(plan.images, { version: formatVersion(plan.version), notes: plan.notes }));
        return true;
      }
      for (const note of plan.notes) around.say(note);
      const published = await publish(workspace, plan, around);
      const { outcomes, records, ...told } = published;
      const images = records.map(({ path }) => path);
      writeRecord(root, 'publish', { record: 'publish', ...told, images });
      for (const outcome of outcomes) console.log(describeOutcome(outcome));
      console.log(describePublish(published, workspace.definition));
      writeStepSummary(published, workspace.definition);
      const success = published.problems.length === 0;
      if (!success) {
        console.error(
          'not published: start the same command again when the problems are solved; what was built is kept',
        );
      }
      return success;
    },
    builder,
  );
}
