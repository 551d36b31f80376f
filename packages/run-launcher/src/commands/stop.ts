import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '@slipway/contract';
import { stopRun } from '../execute/stop-run.ts';
import { describeEnd } from '../record/describe-end.ts';
import { isFollowed } from '../record/follower.ts';
import { isElsewhere, type RunRecord, rereadRecord } from '../record/run-record.ts';
import { stopWasRequested } from '../record/stop-request.ts';
import { say } from './say.ts';
import { openSettled } from './settled.ts';

/** How long whoever follows a run may take to record its end, in milliseconds. */
const patienceMs = 30_000;

/** How long the engine may take to answer, in milliseconds: without it, nothing can be asked of a run. */
const enginePatienceMs = 60_000;

/** `slipway stop <id>`: asks a run to save and end, and waits for it; with `now` it is ended at once. */
export async function stopCommand(given: string, { now = false }: { now?: boolean }): Promise<void> {
  const { root, one, engineOf } = openSettled({ patienceMs: enginePatienceMs });
  const { record } = await one(given);
  const { id, plan } = record;
  if (record.outcome !== 'running') {
    say(`run ${id} has ended: ${record.outcome}`);
    return;
  }
  if (isElsewhere(record)) throw startedElsewhere(record);
  const { signal, seconds } = plan.stop;
  say(now ? `ending ${id}` : `asking ${id} to save and end (${signal}, at most ${seconds} s)`);
  let told = false;
  process.once('SIGINT', () => {
    // Once the engine or its launcher was told, that is done whoever waits for it.
    const asked = told || stopWasRequested(root, id);
    say(
      asked
        ? `the run ${id} is asked all the same; slipway show ${id} tells what becomes of it`
        : `nothing was asked of the run ${id} yet, which goes on`,
    );
    process.exit(130);
  });
  const around = { root, engine: engineOf(plan.scheduler), now: () => new Date() };
  const reached = await stopRun(plan, around, { atOnce: now });
  // Its launcher, which reads its secrets or fetches its image, is told.
  if (reached === 'not started' && record.follower !== null && isFollowed(record)) {
    process.kill(record.follower.pid, 'SIGTERM');
    told = true;
  }
  const until = Date.now() + patienceMs;
  while (isFollowed(rereadRecord(root, record)) && Date.now() < until) await sleep(100);
  const after = (await one(id)).record;
  if (after.outcome === 'running') throw notOver(id);
  say(`run ${id} ${describeEnd(after)}`);
}

function startedElsewhere({ id, host }: RunRecord): Failure {
  return new Failure({
    code: 'run-elsewhere',
    message: `the run ${id} was started on ${host.name}, whose engine has its container`,
    remedy: `call it there: slipway stop ${id}`,
  });
}

function notOver(id: string): Failure {
  return new Failure({
    code: 'engine-lost',
    message: `the run ${id} is not recorded to its end yet`,
    remedy: `see what became of it: slipway show ${id}`,
  });
}
