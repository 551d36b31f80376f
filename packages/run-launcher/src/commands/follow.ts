import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim, openContainerEngine, readMachine, startInBackground } from '@slipway/effects';
import { outputClaim } from '../execute/claim-run.ts';
import { followRun } from '../execute/follow-run.ts';
import { findWorkspace } from '../facts/workspace.ts';
import { isFollowed } from '../record/follower.ts';
import { type RunRecord, readRunRecord, runFolder, writeRunRecord } from '../record/run-record.ts';

/** The command that follows a run in the background; not for people. */
export const followName = 'follow-in-background';

/**
 * Starts this program once more, in the background, to follow a run to its end. Values of secrets go to it through a pipe:
 * it masks them in the log.
 */
export async function handOver(
  root: string,
  record: RunRecord,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  writeRunRecord(root, { ...record, follower: null });
  const [script = ''] = process.argv.slice(1);
  await startInBackground(
    { file: process.execPath, args: [...process.execArgv, script, followName, record.id], cwd: root },
    {
      input: JSON.stringify(Object.values(secrets)),
      log: join(runFolder(root, record.id), 'follower.txt'),
    },
  );
  // Until it has taken over, nobody would know how the run ended.
  for (let tries = 0; tries < 100; tries += 1) {
    const now = readRunRecord(root, record.id);
    if (isFollowed(now) || now.outcome !== 'running') return;
    await sleep(50);
  }
}

/** `slipway follow-in-background <id>`, with the values to mask on standard input. */
export async function followCommand(id: string): Promise<void> {
  const root = findWorkspace(process.cwd());
  const secrets = JSON.parse(await text(process.stdin)) as string[];
  // The terminal that it was started from may be closed.
  for (const name of ['SIGHUP', 'SIGINT'] as const) process.on(name, () => {});
  const record = readRunRecord(root, id);
  // As whoever started it had: no other run gets into its output folder, on whatever engine.
  await claim(outputClaim(record.plan));
  const engine = openContainerEngine(record.plan.scheduler, readMachine(root));
  const say = (line: string) => console.log(line);
  await followRun(record, secrets, { root, engine, now: () => new Date(), say, anew: true });
}
