import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asFailure, type Command, type ContainerEngine } from '@slipway/effects';
import { recordEnd } from '../record/end-run.ts';
import { thisProcess } from '../record/follower.ts';
import { endedRecord, type RunRecord, writeRunRecord } from '../record/run-record.ts';
import { stopWasRequested } from '../record/stop-request.ts';
import { askState, endOf, endTime } from './how-it-ended.ts';
import { keepLog } from './keep-log.ts';
import { maskSecrets } from './mask.ts';
import { watchPeaks } from './peaks.ts';
import { isGone, isTakenOver, readOn } from './take-log-over.ts';

export interface FollowSurroundings {
  root: string;
  engine: ContainerEngine;
  say: (line: string) => void;
  print?: Command['onLine'];
  /** Raised when somebody else is to follow it. */
  detached?: AbortSignal;
}

/** How long a log that could not be read, or of which nothing came, is left alone, in milliseconds. */
const logPatienceMs = 30_000;

/**
 * Follows a run that is under way, whoever started it, to its end; records it and removes the container.
 * @param started its record, read while this process had the claim of the run.
 * @returns the record; its outcome is `running` when somebody else is to follow it.
 */
export async function followRun(
  started: RunRecord,
  secrets: readonly string[],
  around: FollowSurroundings,
): Promise<RunRecord> {
  const { root, engine, say, print, detached } = around;
  const { plan, id } = started;
  const record = { ...started, follower: thisProcess() };
  writeRunRecord(root, record);
  const mask = maskSecrets(secrets);
  const peaks = watchPeaks(engine, plan);
  const path = join(root, record.log);
  const log = keepLog(path, 'a', say);
  let heard = false;
  const keep: NonNullable<Command['onLine']> = (line, stream, end) => {
    heard = true;
    log.write(line, end);
    return print?.(line, stream, end);
  };
  try {
    let whole = false;
    let told = false;
    for (let logFrom = 0; ; await sleep(1000)) {
      if (Date.now() >= logFrom) {
        heard = false;
        try {
          await readOn(engine, id, { path, mask, print: keep, follow: true, signal: detached });
          whole = true;
          // An engine that was told to keep no log ends it at once, each time.
          if (!heard) logFrom = Date.now() + logPatienceMs;
        } catch (error) {
          // An engine that is being restarted: the run is waited for all the same.
          if (!told && !detached?.aborted && !(await isGone(engine, id)))
            say(`the log of ${id} cannot be read now: ${asFailure(error).problems[0]?.message}`);
          told = true;
          logFrom = Date.now() + logPatienceMs;
          whole = false;
        }
      }
      const asked = await askState(engine, id, detached).catch(() => undefined);
      const ended = endOf(asked, { id, plan }, { stopped: stopWasRequested(root, id) });
      if (detached?.aborted && (ended === 'running' || asked === undefined)) return record;
      if (ended === 'running') {
        whole = false;
        continue;
      }
      if (log.end() !== null) whole = false;
      whole ||= await isTakenOver(engine, record, { root, mask, say });
      const others = { peaks: peaks.stop() ?? started.peaks, ...(!whole && { logWithEngine: true }) };
      const end = endTime(record, asked?.state);
      return await recordEnd(root, endedRecord({ ...record, ...ended, ...others }, end), engine);
    }
  } finally {
    peaks.stop();
    log.end();
  }
}
