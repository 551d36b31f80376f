import type { ExecutorContext } from '@nx/devkit';
import { Failure, formatProblem } from '@slipway/contract';
import { describeOutcome, interruption, openWorkspace, printPlan } from '@slipway/images';
import { makePublishPlan, type PublishRequest, publish, versionOf } from '../publish.ts';

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
    const { outcomes, problems } = await publish(plans, workspace, around);
    for (const outcome of outcomes) console.log(describeOutcome(outcome));
    if (problems.length === 0)
      console.log(`published ${versionOf(plans)} for ${outcomes.length} architecture(s)`);
    return { success: problems.length === 0 };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.problems.map(formatProblem).join('\n'));
    return { success: false };
  } finally {
    dispose();
  }
}
