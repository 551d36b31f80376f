import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { openContainerEngine, readMachine, startInBackground } from '@slipway/effects';
import { claimRecord, keepOutputClaim } from '../execute/claim-run.ts';
import { followRun } from '../execute/follow-run.ts';
import { findWorkspace } from '../facts/workspace.ts';
import { isFollowed } from '../record/follower.ts';
import { type RunRecord, readRunRecord, rereadRecord, runFolder } from '../record/run-record.ts';
import { say } from './say.ts';

/** The command that follows a run in the background; not for people. */
export const followName = 'follow-in-background';

/** How long each of the two waits for the other one at the hand-over, in milliseconds. */
const patienceMs = 10_000;

/**
 * Starts this program once more, in the background, to follow a run to its end. Values of secrets go to it through a pipe:
 * it masks them in the log. Until it has taken over, the record names this process as the follower, for as long as that
 * waits: nobody else may take the run for one that is alone. Its claim must have been given up before.
 */
export async function handOver(
  root: string,
  record: RunRecord,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  await startInBackground(
    { file: process.execPath, args: [ownScript(), followName, record.id], cwd: root },
    {
      input: JSON.stringify(Object.values(secrets)),
      log: join(runFolder(root, record.id), 'follower.txt'),
    },
  );
  for (const until = Date.now() + patienceMs; Date.now() < until; await sleep(50)) {
    const now = rereadRecord(root, record);
    if (now.outcome !== 'running' || (isFollowed(now) && now.follower?.pid !== process.pid)) return;
  }
  const log = join(runFolder(root, record.id), 'follower.txt');
  say(`nobody follows ${record.id}, see ${log}; it goes on, and slipway runs records how it ends`);
}

/** The program itself: it is not what was called when Nx called it. */
function ownScript(): string {
  const places = ['../bin/slipway.cjs', '../../bin/slipway.cjs'].map((path) =>
    join(import.meta.dirname, path),
  );
  return places.find((path) => existsSync(path)) ?? process.argv[1] ?? '';
}

/** `slipway follow-in-background <id>`, with the values to mask on standard input. */
export async function followCommand(id: string): Promise<void> {
  const root = findWorkspace(process.cwd());
  const secrets = JSON.parse(await text(process.stdin)) as string[];
  // The terminal that it was started from may be closed, and it is by the engine that a run is ended.
  for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(name, () => {});
  const { plan } = readRunRecord(root, id);
  const release = await claimRecord(plan, { patienceMs });
  const record = readRunRecord(root, id);
  // Somebody else looks after it, or has recorded its end.
  if (release === null || record.outcome !== 'running') return;
  const engine = openContainerEngine(plan.scheduler, readMachine(root));
  const note = (line: string) => console.log(line);
  void keepOutputClaim(plan).catch(() => undefined);
  await followRun(record, secrets, { root, engine, say: note }).finally(release);
}
