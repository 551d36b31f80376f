import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asFailure, type ContainerEngine } from '@slipway/effects';
import { maskSecrets } from '../execute/mask.ts';
import { readOn } from '../execute/take-log-over.ts';
import { interruptible } from '../interruptible.ts';
import { isFollowed } from '../record/follower.ts';
import { isElsewhere, type RunRecord } from '../record/run-record.ts';
import { valuesToMask } from '../record/values-to-mask.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { write } from './hold-back.ts';
import { say } from './say.ts';
import { openSettled } from './settled.ts';

/** `slipway logs <id>`: what the application printed, secrets masked; with `follow` until the run ends. */
export async function logsCommand(id: string, { follow = false }: { follow?: boolean }): Promise<void> {
  const { root, one, engineOf } = openSettled();
  let { record, note } = await one(id);
  for (let shown = 0, noted = ''; ; { record, note } = await one(record.id)) {
    if (note !== null && note !== noted) say(note);
    noted = note ?? '';
    shown += await copyFrom(join(root, record.log), shown);
    // Nobody keeps its log, or not any more: what the file has not, the engine has.
    const alone = record.outcome === 'running' && !isFollowed(record) && !isElsewhere(record);
    if (alone || record.logWithEngine) return await showRest(root, record, engineOf, follow);
    if (!follow || record.outcome !== 'running') return;
    await sleep(200);
  }
}

async function showRest(
  root: string,
  record: RunRecord,
  engineOf: (name: RunRecord['plan']['scheduler']) => ContainerEngine,
  follow: boolean,
): Promise<void> {
  const engine = engineOf(record.plan.scheduler);
  const state = await engine.inspect(containerName(record.id)).catch((error: unknown) => {
    // What is kept was shown, and that the engine does not answer was said.
    if (!follow) return undefined;
    throw error;
  });
  if (state === undefined) return;
  const mask = maskSecrets(await valuesToMask(record));
  const path = join(root, record.log);
  await interruptible((signal) => {
    const print = (line: string, _stream: unknown, end: string) =>
      signal.aborted ? undefined : write('stdout', `${line}${end}`, signal);
    return readOn(engine, record.id, { path, mask, print, follow, signal });
  }).catch((error: unknown) => {
    if (asFailure(error).problems[0]?.code !== 'interrupted') throw error;
    // As with the kept log, whoever has seen enough is told nothing.
    process.exitCode = 130;
  });
}

/** Prints a file from a place on. @returns how many bytes that were. */
export async function copyFrom(path: string, start: number): Promise<number> {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= start) return 0;
  const file = createReadStream(path, { start });
  // One that reads slowly is waited for. A pipe between the two would leave its listeners at standard output each time.
  for await (const part of file) await new Promise((resolve) => process.stdout.write(part, resolve));
  return file.bytesRead;
}
