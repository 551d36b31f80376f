import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { takeDown } from './down.ts';
import { readJson, readText, writeJson } from './files.ts';
import { withLock } from './lock.ts';
import { type Places, places } from './places.ts';
import { readState } from './state.ts';
import { bringUp, type Sandbox } from './up.ts';
import type { UpOptions } from './work.ts';

export interface Hold {
  sandbox: Sandbox;
  /** Takes the sandbox down if a hold brought it up and this was the last holder. */
  release(): Promise<void>;
}

/** A process that holds the sandbox. Its start time tells it from a later process with the same id. */
interface User {
  pid: number;
  started: string;
}

/** Has the sandbox up until it is released, and leaves the machine as it was found. */
export async function hold(root: string, options: UpOptions = {}): Promise<Hold> {
  const place = places(root);
  const file = join(place.users, `${process.pid}-${randomUUID()}.json`);
  const wait = () => options.onProgress?.('sandbox: waiting for another command to finish with it ...');
  const sandbox = await withLock(
    place.folder,
    async () => {
      try {
        const result = await bringUp(place, 'hold', options);
        writeJson(file, { pid: process.pid, started: startTime(process.pid) } satisfies User);
        return result;
      } catch (error) {
        await endUnused(place, options);
        throw error;
      }
    },
    wait,
  );
  let released = false;
  return {
    sandbox,
    release: async () => {
      if (released) return;
      released = true;
      await withLock(place.folder, async () => {
        rmSync(file, { force: true });
        await endUnused(place, options);
      });
    },
  };
}

async function endUnused(place: Places, options: UpOptions): Promise<void> {
  if (readState(place)?.upBy !== 'hold' || holders(place).length > 0) return;
  await takeDown(place, options);
}

/** The living holders; those that died without a release are forgotten. */
function holders(place: Places): User[] {
  if (!existsSync(place.users)) return [];
  return readdirSync(place.users).flatMap((name) => {
    const user = readJson<User>(join(place.users, name));
    if (user !== undefined && startTime(user.pid) === user.started) return [user];
    rmSync(join(place.users, name), { force: true });
    return [];
  });
}

/** Field 22 of `/proc/<pid>/stat`; the second field, the name, may hold blanks and brackets. */
function startTime(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
