import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes an empty folder for one build, and first takes away what builds left there that were killed. The name tells whose
 * a folder is from the moment that it exists: process id, when that process started, and where such ids mean the same.
 * @param parent where such folders lie; default: the system's temporary folder.
 */
export function makeBuildFolder(parent = tmpdir()): string {
  const space = idSpace();
  if (space === undefined) return mkdtempSync(join(parent, 'slipway-build-'));
  removeLeftovers(parent, space);
  const { pid } = process;
  return mkdtempSync(join(parent, `slipway-build-${pid}-${startOf(pid) ?? 0}-${space}-`));
}

/**
 * Removes the build folders whose process is gone. One is left where that cannot be told: of another machine, container or
 * boot, which number their processes for themselves, or of another user, whose processes may be hidden.
 */
function removeLeftovers(parent: string, space: string): void {
  for (const name of readdirSync(parent)) {
    const [, pid, started, whose] = /^slipway-build-(\d+)-(\d+)-([0-9a-f]{8})-[^-]+$/.exec(name) ?? [];
    if (whose !== space || isAlive(Number(pid), Number(started))) continue;
    const folder = join(parent, name);
    if (statSync(folder, { throwIfNoEntry: false })?.uid !== process.getuid?.()) continue;
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another build removes it at this moment, or the next one will.
    }
  }
}

/** Ids are used again, so it is a process's id together with its start that names it. */
function isAlive(pid: number, started: number): boolean {
  try {
    return startOf(pid) === started;
  } catch {
    // It cannot be looked at, and may be there.
    return true;
  }
}

/** When a process started, in ticks of the kernel's clock; undefined when it has ended. */
function startOf(pid: number): number | undefined {
  const stat = readProcess(pid);
  // The second field, the program's name, may hold blanks and brackets.
  const [state = 'X', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return /^[ZX]?$/.test(state) ? undefined : Number(fields[18]);
}

function readProcess(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

/**
 * Eight hex digits for where a process id means the same process: this boot of this machine, this container. Undefined
 * where the kernel does not tell.
 */
function idSpace(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    const text = `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
    return createHash('sha256').update(text).digest('hex').slice(0, 8);
  } catch {
    return undefined;
  }
}
