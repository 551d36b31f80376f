import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asFailure, type Command, type ContainerEngine, removeSecrets, run } from '@slipway/effects';
import { thisProcess } from '../record/follower.ts';
import { endedRecord, type RunRecord, writeRunRecord } from '../record/run-record.ts';
import { stopWasRequested } from '../record/stop-request.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { askState, endOf } from './how-it-ended.ts';
import { keepLog } from './keep-log.ts';
import { maskSecrets } from './mask.ts';
import { missedLines } from './missed-lines.ts';
import { watchPeaks } from './peaks.ts';

export interface FollowSurroundings {
  root: string;
  engine: ContainerEngine;
  now: () => Date;
  say: (line: string) => void;
  print?: (line: string, stream: 'stdout' | 'stderr', end: '\n' | '\r') => void;
}

/** How long a log that could not be read is left alone, in milliseconds. */
const logPatienceMs = 30_000;

/** Follows a run that is under way, whoever started it, to its end; records it and removes the container. */
export async function followRun(
  started: RunRecord,
  secrets: readonly string[],
  around: FollowSurroundings,
): Promise<RunRecord> {
  const { root, engine, now, say, print } = around;
  const { plan, id } = started;
  const record = { ...started, follower: thisProcess() };
  writeRunRecord(root, record);
  const mask = maskSecrets(secrets);
  const peaks = watchPeaks(engine, plan);
  const path = join(root, record.log);
  const log = keepLog(path, 'a', say);
  const keep: NonNullable<Command['onLine']> = (line, stream, end) => {
    const masked = mask(line);
    log.write(masked, end);
    print?.(masked, stream, end);
  };
  /** Keeps what comes until the engine lets go of it. */
  const keepOn = async (): Promise<void> => {
    const missed = await missedLines(engine, id, path, mask);
    for (const line of missed.lines) keep(line, 'stdout', '\n');
    const args = ['logs', '--follow', `--since=${missed.until}`, containerName(id)];
    await run(engine.command(args, { detached: true, keep: false, returns: true, onLine: keep }));
  };
  const end = (rest: Partial<RunRecord>): RunRecord => {
    const whole = endedRecord({ ...record, ...rest, peaks: peaks.stop() ?? started.peaks }, now());
    writeRunRecord(root, whole);
    removeSecrets(id);
    return whole;
  };
  try {
    for (let logFrom = 0; ; await sleep(1000)) {
      if (Date.now() >= logFrom) {
        await keepOn().catch((error: unknown) => {
          // An engine that keeps no log, or that is being restarted: the run is waited for all the same.
          if (logFrom === 0)
            say(`the log of ${id} cannot be read now: ${asFailure(error).problems[0]?.message}`);
          logFrom = Date.now() + logPatienceMs;
        });
      }
      const asked = await askState(engine, id).catch(() => undefined);
      const ended = endOf(asked, { id, plan }, { stopped: stopWasRequested(root, id) });
      if (ended === 'running') continue;
      if (asked?.state) await engine.remove(containerName(id)).catch(() => undefined);
      return end(ended);
    }
  } finally {
    peaks.stop();
    await log.end();
  }
}
