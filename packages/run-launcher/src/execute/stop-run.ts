import { Failure } from '@slipway/contract';
import { type ContainerEngine, loadStarter, tryRun } from '@slipway/effects';
import type { RunPlan } from '../plan/run-plan.ts';
import { requestStop, stopWasRequested, withdrawStop } from '../record/stop-request.ts';
import { containerName } from '../schedulers/container-arguments.ts';

/** What a request to end has met: a run that was under way, one without a container that runs yet, or one that had ended. */
export type Reached = 'asked' | 'not started' | 'ended';

/**
 * Asks a run to save and end, or ends it at once, and waits for that. Whoever records how it ended is told of it, but not of
 * a request that did not reach the run.
 * @throws Failure `engine-unreachable`, or `engine-lost` when the engine cannot stop it.
 */
export async function stopRun(
  plan: RunPlan,
  { root, engine, now }: { root: string; engine: ContainerEngine; now: () => Date },
  { atOnce = false }: { atOnce?: boolean } = {},
): Promise<Reached> {
  const name = containerName(plan.id);
  // With it, nothing lies between the note of a request and the request itself.
  const [before] = await Promise.all([engine.inspect(name), loadStarter()]);
  if (before?.status === 'exited') return 'ended';
  // Engines call one stopped that is still to be started.
  if (before?.status !== 'running') return 'not started';
  const again = stopWasRequested(root, plan.id);
  // Before it is asked: it may have ended, and be recorded, before the engine's answer is here.
  if (!again) requestStop(root, plan.id, now());
  const args = atOnce ? ['kill', name] : ['stop', `--time=${plan.stop.seconds}`, name];
  const { exitCode, stderr } = await tryRun(engine.command(args, { detached: true }));
  if (exitCode === 0) return 'asked';
  if (!again) withdrawStop(root, plan.id);
  if ((await engine.inspect(name))?.status !== 'running') return 'ended';
  throw new Failure({
    code: 'engine-lost',
    message: `${engine.name} could not stop ${plan.id}: ${stderr.trim().split('\n')[0]}`,
    remedy: `see what became of it: slipway show ${plan.id}`,
  });
}
