import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '@slipway/contract';
import { notStarted, startScript } from '../plan/start-script.ts';
import type { RunRecord } from './run-record.ts';

/** How much of the end of a log is looked at, in bytes, and how many of its lines. */
const tail = 4096;
const lastLines = 5;

/** A run whose start script failed, as the end of its kept log says, with that as its problem: its application never ran. */
export function withStartProblem(root: string, ended: RunRecord): RunRecord {
  const { id, plan, log, outcome, exitCode, problems } = ended;
  if (outcome !== 'failed' || exitCode === null || problems || startScript(plan) === null) return ended;
  // Standard output may be kept a little later than standard error.
  const line = lastOf(join(root, log)).find((each) => each.startsWith(notStarted));
  if (line === undefined) return ended;
  const problem: Problem = {
    code: 'command-failed',
    message: `the application of the run ${id} was not started, since this failed before: ${line.slice(notStarted.length)}`,
    remedy: `read in ${log} what is said of it, and mend that`,
  };
  return { ...ended, problems: [problem] };
}

/** The last lines of a file; none where it cannot be read. */
function lastOf(path: string): string[] {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const end = Buffer.alloc(tail);
    const length = readSync(file, end, 0, tail, Math.max(0, fstatSync(file).size - tail));
    return end
      .toString('utf8', 0, length)
      .split(/[\r\n]+/)
      .filter(Boolean)
      .slice(-lastLines);
  } catch {
    return [];
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
