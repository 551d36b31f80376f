import { join } from 'node:path';
import { type ContainerEngine, removeSecrets, tryRun } from '@slipway/effects';
import { thisProcess } from '../record/follower.ts';
import { endedRecord, type RunRecord, writeRunRecord } from '../record/run-record.ts';
import { stopWasRequested } from '../record/stop-request.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { askState, lostProblem, outcomeOf } from './how-it-ended.ts';
import { keepLog } from './keep-log.ts';
import { maskSecrets } from './mask.ts';
import { watchPeaks } from './peaks.ts';

export interface FollowSurroundings {
  root: string;
  engine: ContainerEngine;
  now: () => Date;
  say: (line: string) => void;
  print?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Whether the log is written anew from the engine's, or gone on with. */
  anew: boolean;
}

/** Follows a run that is under way, whoever started it, to its end; records it and removes the container. */
export async function followRun(
  started: RunRecord,
  secrets: readonly string[],
  around: FollowSurroundings,
): Promise<RunRecord> {
  const { root, engine, now, say, print, anew } = around;
  const { plan, id } = started;
  const record = { ...started, follower: thisProcess() };
  writeRunRecord(root, record);
  const mask = maskSecrets(secrets);
  const peaks = watchPeaks(engine, plan);
  const log = keepLog(join(root, record.log), anew ? 'w' : 'a', say);
  const end = (rest: Partial<RunRecord>): RunRecord => {
    const whole = endedRecord({ ...record, ...rest, peaks: peaks.stop() ?? started.peaks }, now());
    writeRunRecord(root, whole);
    removeSecrets(id);
    return whole;
  };
  try {
    for (let first = true; ; first = false) {
      const tail = first && anew ? [] : ['--tail=0'];
      await tryRun(
        engine.command(['logs', '--follow', ...tail, containerName(id)], {
          detached: true,
          keep: false,
          onLine: (line, stream) => {
            log.write(mask(line));
            print?.(mask(line), stream);
          },
        }),
      );
      const asked = await askState(engine, id).catch(() => undefined);
      if (asked?.state?.status === 'running') continue;
      if (asked?.state === undefined) {
        const why = asked === undefined ? 'the engine stopped answering' : 'its container is gone';
        return end({ outcome: 'lost', problems: [lostProblem(id, plan.scheduler, why)] });
      }
      await engine.remove(containerName(id)).catch(() => undefined);
      return end(outcomeOf(asked.state, { stopped: stopWasRequested(root, id), lost: asked.lost }));
    }
  } finally {
    peaks.stop();
    await log.end();
  }
}
