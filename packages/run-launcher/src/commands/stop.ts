import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '@slipway/contract';
import { killRun, stopRun } from '../execute/execute-run.ts';
import { isFollowed } from '../record/follower.ts';
import { readRunRecord } from '../record/run-record.ts';
import { requestStop } from '../record/stop-request.ts';
import { say } from './say.ts';
import { openSettled } from './settled.ts';

/** `slipway stop <id>`: asks a run to save and end, and waits for it; with `now` it is ended at once. */
export async function stopCommand(id: string, { now = false }: { now?: boolean }): Promise<void> {
  const { root, one, engineOf } = openSettled();
  const { record } = await one(id);
  if (record.outcome !== 'running') {
    say(`run ${record.id} has ended: ${record.outcome}`);
    return;
  }
  const engine = engineOf(record.plan.scheduler);
  requestStop(root, record.id, new Date());
  const { signal, seconds } = record.plan.stop;
  say(now ? `ending ${record.id}` : `asking ${record.id} to save and end (${signal}, at most ${seconds} s)`);
  const ended = now ? await killRun(engine, record.plan) : await stopRun(engine, record.plan);
  // It has no container yet: its launcher, which fetches the image, is told.
  if (!ended && record.follower !== null && isFollowed(record)) process.kill(record.follower.pid, 'SIGTERM');
  else if (!ended) {
    throw new Failure({
      code: 'engine-lost',
      message: `the engine could not stop ${record.id}`,
      remedy: `see what became of it: slipway show ${record.id}`,
    });
  }
  // Whoever follows it writes the record.
  for (let tries = 0; tries < 50 && isFollowed(readRunRecord(root, record.id)); tries += 1) await sleep(100);
  const after = (await one(record.id)).record;
  say(`run ${after.id} ${after.outcome}, exit code ${after.exitCode ?? 'unknown'}`);
}
