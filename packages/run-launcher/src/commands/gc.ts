import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, type Problem, parseDuration } from '@slipway/contract';
import { asFailure, removeSecrets } from '@slipway/effects';
import { isElsewhere, runFolder } from '../record/run-record.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { openSettled } from './settled.ts';

/**
 * `slipway gc`: takes away what ended runs left behind. Containers and secrets that nobody took go in any case; records
 * and logs older than an age with `olderThan`, and what the runs wrote with `outputs` only.
 */
export async function gcCommand({
  olderThan,
  outputs = false,
  dryRun = false,
}: {
  olderThan?: string;
  outputs?: boolean;
  dryRun?: boolean;
}): Promise<void> {
  const age = olderThan === undefined ? undefined : readAge(olderThan);
  const { root, all, strays, engineOf } = openSettled();
  let gone = 0;
  const problems: Problem[] = [];
  const remove = async (what: string, work: () => unknown) => {
    gone += 1;
    if (dryRun) return console.log(`would remove ${what}`);
    try {
      await work();
      console.log(`removed ${what}`);
    } catch (error) {
      problems.push(...asFailure(error).problems.map((problem) => unremovable(what, problem)));
    }
  };
  const { runs } = await all();
  for (const { record, note } of runs) {
    if (isElsewhere(record)) continue;
    if (record.outcome === 'running' || record.endedAt === null) continue;
    const { id, plan } = record;
    if (record.logWithEngine) {
      console.log(`kept ${id}: ${note ?? 'its log is with the engine'}`);
      continue;
    }
    removeSecrets(id);
    const engine = engineOf(plan.scheduler);
    const container = await engine.inspect(containerName(id)).catch(() => undefined);
    if (container !== undefined)
      await remove(`the container ${containerName(id)}`, () => engine.remove(container.id));
    if (age === undefined || Date.now() - Date.parse(record.endedAt) < age) continue;
    const folder = runFolder(root, id);
    const hasOutput = holdsSomething(join(folder, 'output'));
    if (hasOutput && !outputs) {
      console.log(`kept ${id}: its folder holds what it wrote; --outputs removes that too`);
      continue;
    }
    await remove(`the record and log of ${id}${hasOutput ? ', with its output' : ''}`, () =>
      rmSync(folder, { recursive: true, force: true }),
    );
  }
  for (const { id, scheduler, state } of await strays()) {
    if (state.status === 'running') continue;
    await remove(`the container ${containerName(id)}, whose record is gone`, () =>
      engineOf(scheduler).remove(state.id),
    );
  }
  if (gone === 0) console.log('there is nothing to remove');
  if (problems.length > 0) throw new Failure(problems);
}

function holdsSomething(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch (error) {
    // One that may not be read belongs to the container's user, who wrote there.
    return (error as { code?: string }).code === 'EACCES';
  }
}

/** What a container's root wrote, its caller may not delete. */
function unremovable(what: string, { code, message }: Problem): Problem {
  return {
    code,
    message: `${what} cannot be removed: ${message}`,
    remedy: 'remove it as the user whom it belongs to: sudo slipway gc with the same options',
  };
}

function readAge(text: string): number {
  const age = parseDuration(text);
  if (age !== undefined) return age;
  throw new Failure({
    code: 'usage',
    message: `--older-than ${text} is no duration`,
    remedy: 'give one such as 30d or 12h',
  });
}
