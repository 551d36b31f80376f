import type { ExecutorContext } from '@nx/devkit';
import { Failure, formatVersion } from '@slipway/contract';
import {
  type AttestOptions,
  appendStepSummary,
  command,
  describeOutcome,
  newRecordPlace,
  openWorkspace,
  printPlan,
  type Surroundings,
  summarizeProblems,
  withSupplyChain,
  writeRecord,
} from '@slipway/images';
import { describePublish, summarizePublish } from '../describe-publish.ts';
import { makePublishPlan, type PublishRequest, publish } from '../publish.ts';

type PublishOptions = PublishRequest & AttestOptions & { dryRun?: boolean; builder?: string };

/** `nx run runtime-image:publish` */
export default function publishExecutor(
  options: PublishOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(
    root,
    async (around) => {
      try {
        return await publishNow(options, around);
      } catch (error) {
        // Whoever looks at a workflow reads its summary, and not the log.
        if (error instanceof Failure) {
          const { as: version = 'the version that the application states' } = options;
          appendStepSummary([`### Not published: ${version}`, '', ...summarizeProblems(error.problems)]);
        }
        throw error;
      }
    },
    options.builder,
  );
}

/** @throws Failure when nothing was begun. @returns false: it was begun, and the problems were told. */
async function publishNow(
  { dryRun, builder: _, ...request }: PublishOptions,
  around: Surroundings,
): Promise<boolean> {
  const { root } = around;
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
  const place = newRecordPlace(new Date(told.startedAt), 'publish');
  writeRecord(root, place, { record: 'publish', ...told, images });
  for (const outcome of outcomes) console.log(describeOutcome(outcome));
  console.log(describePublish(published, workspace.definition));
  appendStepSummary(summarizePublish(published, workspace.definition));
  const success = published.problems.length === 0;
  if (!success) {
    console.error(
      'not published: start the same command again when the problems are solved; what was built is kept',
    );
  }
  return success;
}
