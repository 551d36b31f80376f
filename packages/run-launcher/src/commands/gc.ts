import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, type Problem, parseDuration } from '@slipway/contract';
import {
  asFailure,
  type ContainerEngine,
  claim,
  removeSecrets,
  secretsFolder,
  unmarkedSecrets,
} from '@slipway/effects';
import { runClaim } from '../execute/claim-run.ts';
import { openUsers } from '../facts/busy.ts';
import { bareFolders, holdsSomething, isBare } from '../record/bare-folders.ts';
import { type FolderUser, folderUsers } from '../record/folder-users.ts';
import { lookAt } from '../record/look-at.ts';
import { timeOfRunId } from '../record/run-id.ts';
import { isElsewhere, type RunRecord, readRunRecords, runFolder } from '../record/run-record.ts';
import { hasEnd, type SettledRun } from '../record/settle.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { openSettled, type Settled } from './settled.ts';

/** Removes something, or says only that it would; what cannot be removed is a problem of the whole. */
type Remove = (what: string, work: () => unknown) => Promise<void>;

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
  if (outputs && age === undefined) throw ofWhich();
  const settled = openSettled();
  let gone = 0;
  const problems: Problem[] = [];
  const remove: Remove = async (what, work) => {
    gone += 1;
    if (dryRun) return console.log(`would remove ${what}`);
    try {
      await work();
      console.log(`removed ${what}`);
    } catch (error) {
      problems.push(...asFailure(error).problems.map((problem) => unremovable(what, problem)));
    }
  };
  const { records, damaged } = readRunRecords(settled.root);
  const open = records.filter(({ endedAt }) => endedAt === null);
  const runs = await (dryRun ? lookAtAll(settled) : settled.all().then(({ runs }) => runs));
  for (const { id } of open.filter(({ id }) =>
    runs.some(({ record }) => record.id === id && record.endedAt),
  )) {
    gone += 1;
    console.log(`${dryRun ? 'would record' : 'recorded'} how ${id} ended`);
  }
  const ended = runs.filter(isOver);
  for (const { record } of ended) await removeRests(record, settled, remove);
  if (age !== undefined) {
    const old = ended.flatMap(({ record }) =>
      Date.now() - Date.parse(record.endedAt ?? '') < age ? [] : record,
    );
    await removeOld(old, runs, settled, { outputs, remove });
  }
  await removeUnrecorded(settled, remove);
  for (const { id, copyOf } of damaged) {
    const time = timeOfRunId(id);
    // Somebody made it, and knows what for.
    if (copyOf !== null) console.log(`kept ${id}: it is a copy of ${copyOf}`);
    else if (age === undefined || time === undefined || Date.now() - time.getTime() < age)
      console.log(`kept ${id}: its record is damaged`);
    else await unlessInUse(id, () => removeDamaged(id, runs, settled, { outputs, remove }));
  }
  if (gone === 0) console.log('there is nothing to remove');
  if (problems.length > 0) throw new Failure(problems);
}

async function lookAtAll({ root, engineOf }: Settled): Promise<SettledRun[]> {
  const { records } = readRunRecords(root);
  return await Promise.all(records.map((record) => lookAt(root, record, engineOf)));
}

/** Whether nothing is open any more about a run of this host. */
function isOver({ record, note, unrecorded }: SettledRun): boolean {
  const { id, endedAt, outcome, logWithEngine } = record;
  if (isElsewhere(record) || outcome === 'running' || endedAt === null) return false;
  // An engine that did not answer when it was recorded, and does not now, may have it go on.
  const unknown = !hasEnd(record) && (note ?? unrecorded?.message);
  const open = logWithEngine ? (note ?? 'its log is with the engine') : unknown;
  if (open) console.log(`kept ${id}: ${open}`);
  return !open;
}

/** What is left of a run apart from its folder. */
async function removeRests({ id, plan }: RunRecord, { engineOf }: Settled, remove: Remove): Promise<void> {
  if (existsSync(secretsFolder(id)))
    await remove(`what is left of the secrets of ${id}`, () => removeSecrets(id));
  const engine = engineOf(plan.scheduler);
  const container = await engine.inspect(containerName(id)).catch(() => undefined);
  if (container !== undefined && container.status !== 'running')
    await remove(`the container ${containerName(id)}`, () => engine.remove(container.id));
}

async function removeOld(
  old: readonly RunRecord[],
  runs: readonly SettledRun[],
  { root, engineOf }: Settled,
  { outputs, remove }: { outputs: boolean; remove: Remove },
): Promise<void> {
  const outputOf = (id: string) => join(runFolder(root, id), 'output');
  const full = new Set(old.flatMap(({ id }) => (holdsSomething(outputOf(id)) ? id : [])));
  const wanted = old.filter(({ id }) => outputs || !full.has(id));
  const { open, silent } =
    wanted.length === 0 ? { open: [], silent: [] } : await askUsers([engineOf('docker'), engineOf('podman')]);
  const going = silent.length === 0 ? wanted : wanted.filter(({ id }) => !full.has(id));
  const staying = runs.map(({ record }) => record).filter((record) => !going.includes(record));
  const users = folderUsers(root, { going, staying, open });
  for (const { id } of old) {
    const user = users.get(id);
    if (!outputs && full.has(id))
      console.log(`kept ${id}: its folder holds what it wrote; --outputs removes that too`);
    else if (silent.length > 0 && full.has(id))
      console.log(`kept ${id}: ${silent.join(' and ')} does not answer, so who uses its output is not known`);
    else if (user !== undefined) console.log(`kept ${id}: ${user} uses its folder`);
    else
      await remove(`the record and log of ${id}${full.has(id) ? ', with its output' : ''}`, () =>
        rmSync(runFolder(root, id), { recursive: true, force: true }),
      );
  }
}

/** Everything that is left of a run of which nothing can be read, as far as it is certain that nobody uses it. */
async function removeDamaged(
  id: string,
  runs: readonly SettledRun[],
  { root, engineOf, strays }: Settled,
  { outputs, remove }: { outputs: boolean; remove: Remove },
): Promise<void> {
  const folder = runFolder(root, id);
  const full = holdsSomething(join(folder, 'output'));
  const { open, silent } = await askUsers([engineOf('docker'), engineOf('podman')]);
  const going = [{ id, outcome: 'lost' as const, plan: { mounts: [] } }];
  const user = folderUsers(root, { going, staying: runs.map(({ record }) => record), open }).get(id);
  const keep = (why: string) => console.log(`kept ${id}: its record is damaged, and ${why}`);
  if (silent.length > 0)
    return keep(`${silent.join(' and ')} does not answer, so whether it goes on is not known`);
  if (open.some((each) => each.id === id)) return keep('its container runs');
  if (user !== undefined) return keep(`${user} uses its folder`);
  if (full && !outputs) return keep('its folder holds what it wrote; --outputs removes that too');
  for (const { scheduler, state } of (await strays()).filter((each) => each.id === id))
    await remove(`the container ${containerName(id)}, whose record is damaged`, () =>
      engineOf(scheduler).remove(state.id),
    );
  if (existsSync(secretsFolder(id)))
    await remove(`what is left of the secrets of ${id}`, () => removeSecrets(id));
  await remove(`the damaged record and the log of ${id}${full ? ', with its output' : ''}`, () =>
    rmSync(folder, { recursive: true, force: true }),
  );
}

/** @returns what is under way, and the engines that do not answer, of which that is not known. */
async function askUsers(
  engines: readonly ContainerEngine[],
): Promise<{ open: FolderUser[]; silent: string[] }> {
  const answers = await Promise.all(engines.map(openUsers));
  return {
    open: answers.flatMap((users) => users ?? []),
    silent: engines.flatMap(({ name }, index) => (answers[index] === null ? name : [])),
  };
}

/** What runs and shells have left that there is no record of. */
async function removeUnrecorded({ root, engineOf, strays }: Settled, remove: Remove): Promise<void> {
  for (const { id, record, scheduler, state } of await strays()) {
    // Of one that is damaged there may be more to be had than of one that is gone.
    if (state.status === 'running' || record === 'damaged') continue;
    await unlessInUse(id, () =>
      remove(`the container ${containerName(id)}, whose record is gone`, () =>
        engineOf(scheduler).remove(state.id),
      ),
    );
  }
  for (const id of bareFolders(root))
    await unlessInUse(id, async () => {
      const folder = runFolder(root, id);
      // Something may have been written there until it was claimed.
      if (!isBare(folder)) return;
      await remove(`the folder of ${id}, which was planned and never started`, () =>
        rmSync(folder, { recursive: true, force: true }),
      );
    });
  for (const id of unmarkedSecrets())
    await unlessInUse(id, () => remove(`what is left of the secrets of ${id}`, () => removeSecrets(id)));
}

/** A launcher that is on its way, or a shell that is open, has claimed its id. */
async function unlessInUse(id: string, work: () => Promise<void>): Promise<void> {
  const release = await claim(runClaim({ id }));
  if (release === null) return;
  try {
    await work();
  } finally {
    release();
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

function ofWhich(): Failure {
  return new Failure({
    code: 'usage',
    message: '--outputs does not say of which runs',
    remedy: 'give their age too: --older-than 30d, or 0s for all',
  });
}

function readAge(text: string): number {
  const age = parseDuration(text, { zero: true });
  if (age !== undefined) return age;
  throw new Failure({
    code: 'usage',
    message: `--older-than ${text} is no duration`,
    remedy: 'give one such as 30d, 12h or 0s',
  });
}
