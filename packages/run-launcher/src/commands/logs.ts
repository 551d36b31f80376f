import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryRun } from '@slipway/effects';
import { maskSecrets } from '../execute/mask.ts';
import { isFollowed } from '../record/follower.ts';
import { readRunRecord } from '../record/run-record.ts';
import { valuesToMask } from '../record/values-to-mask.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { openSettled } from './settled.ts';

/** `slipway logs <id>`: what the application printed, secrets masked; with `follow` until the run ends. */
export async function logsCommand(id: string, { follow = false }: { follow?: boolean }): Promise<void> {
  const { root, one, engineOf } = openSettled();
  const { record, note } = await one(id);
  if (note !== null) console.error(`slipway: ${note}`);
  const path = join(root, record.log);
  const engine = engineOf(record.plan.scheduler);
  // What nobody followed to its end, the engine knows better, as long as it has the container.
  const known = isFollowed(record)
    ? undefined
    : await engine.inspect(containerName(record.id)).catch(() => undefined);
  if (known !== undefined) {
    const mask = maskSecrets(await valuesToMask(record));
    const args = ['logs', ...(follow ? ['--follow'] : []), containerName(record.id)];
    const onLine = (line: string) => console.log(mask(line));
    await tryRun(engine.command(args, { keep: false, onLine }));
    return;
  }
  for (let shown = 0; ; await sleep(200)) {
    const ended = readRunRecord(root, record.id).outcome !== 'running';
    shown += await copyFrom(path, shown);
    if (!follow || ended) return;
  }
}

/** Prints a file from a place on. @returns how many bytes that were. */
async function copyFrom(path: string, start: number): Promise<number> {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= start) return 0;
  const part = createReadStream(path, { start });
  await pipeline(part, process.stdout, { end: false });
  return part.bytesRead;
}
