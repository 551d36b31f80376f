import type { ExecutorContext } from '@nx/devkit';
import { command, newRecordPlace, openWorkspace, writeRecord } from '@slipway/images';
import { makePrunePlan, prune, prunePolicy } from '../prune.ts';
import { describePruned, describePrunePlan } from '../prune-describe.ts';

interface PruneOptions {
  yes?: boolean;
  olderThan?: string;
  keep?: number;
  candidates?: boolean;
  json?: boolean;
}

/** `nx run runtime-image:prune`: what nothing needs any more in the repositories of bases and runtime images. */
export default function pruneExecutor(
  { yes, json, ...options }: PruneOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (around) => {
    const started = new Date();
    const policy = prunePolicy(options, started);
    const workspace = await openWorkspace(around);
    const request = await makePrunePlan(workspace, policy);
    for (const note of request.notes) around.say(note);
    if (json) console.log(JSON.stringify(request.plan, null, 2));
    else console.log(describePrunePlan(request.plan, policy));
    if (!yes) {
      if (!json) console.log('nothing was done: --yes deletes it, and notes the rest so that its time runs');
      return true;
    }
    const done = await prune(workspace.doors.registry, request, around);
    const path = writeRecord(root, newRecordPlace(started, 'prune'), {
      record: 'prune',
      startedAt: started.toISOString(),
      endedAt: new Date().toISOString(),
      policy,
      plan: request.plan,
      done,
    });
    console.log(describePruned(done));
    console.log(`record ${path}`);
    return !around.signal?.aborted;
  });
}
