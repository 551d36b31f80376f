import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { openContainerEngine, readMachine, startInBackground } from '@slipway/effects';
import { keepClaims } from '../execute/claim-run.ts';
import { followRun } from '../execute/follow-run.ts';
import { findWorkspace } from '../facts/workspace.ts';
import { isFollowed } from '../record/follower.ts';
import { type RunRecord, readRunRecord, runFolder, writeRunRecord } from '../record/run-record.ts';
import { say } from './say.ts';

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
  await startInBackground(
    { file: process.execPath, args: [ownScript(), followName, record.id], cwd: root },
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
  // The terminal that it was started from may be closed.
  for (const name of ['SIGHUP', 'SIGINT'] as const) process.on(name, () => {});
  const record = readRunRecord(root, id);
  const engine = openContainerEngine(record.plan.scheduler, readMachine(root));
  const note = (line: string) => console.log(line);
  void keepClaims(record.plan).catch(() => undefined);
  await followRun(record, secrets, { root, engine, now: () => new Date(), say: note });
}
