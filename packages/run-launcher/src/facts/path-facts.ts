import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A path of this host as it was found. */
export interface PathFacts {
  kind: 'folder' | 'file' | 'other' | 'missing';
  /** Its one name, whatever links lead there; absent: it is missing. */
  real?: string;
  /** Owner and permission bits; of the nearest folder above where the path itself is missing. */
  uid: number;
  gid: number;
  mode: number;
  /** What the caller may do, with a missing path in the nearest folder above it. */
  readable: boolean;
  writable: boolean;
  /** Why not, where it cannot be used at all: a file stands where a folder should be. */
  broken: string | null;
  /** Names in a folder, at most ten. */
  names: string[];
}

/** Looks at a path without changing anything. */
export function lookAt(path: string): PathFacts {
  const found = stat(path);
  const at = found === undefined ? nearestAbove(path) : path;
  const status = found ?? stat(at);
  const kind =
    found === undefined ? 'missing' : found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other';
  return {
    kind,
    ...(found !== undefined && { real: realPath(path) }),
    uid: status?.uid ?? 0,
    gid: status?.gid ?? 0,
    mode: (status?.mode ?? 0) & 0o7777,
    readable: may(path, constants.R_OK),
    writable: may(at, constants.W_OK),
    broken: whyKernels(at) ?? (found === undefined ? whyBroken(path, at) : null),
    names: kind === 'folder' && may(path, constants.R_OK) ? readdirSync(path).sort().slice(0, 10) : [],
  };
}

/** The one name of a path, whatever links lead there; of one that does not exist, that of the folder it would be in. */
export function realPath(path: string): string {
  const at = existsSync(path) ? path : nearestAbove(path);
  return join(realpathSync(at), relative(at, path));
}

/** Types of file systems that show what the kernel knows (statfs(2)): nothing can be made there, whatever access(2) says. */
const kernels: Record<number, string> = { 40864: 'proc', 1650812274: 'sysfs' };

function whyKernels(at: string): string | null {
  const name = kernels[statfsSync(at).type];
  return name === undefined ? null : `${at} is the kernel's own (${name})`;
}

/** What keeps a missing path from being made: something that is no folder, or a link to nowhere, stands in the way. */
function whyBroken(path: string, above: string): string | null {
  if (!stat(above)?.isDirectory()) return `${above} is no folder`;
  const first = join(above, relative(above, path).split('/')[0] ?? '');
  const isLink = lstatSync(first, { throwIfNoEntry: false })?.isSymbolicLink();
  return isLink ? `${first} is a link to ${readlinkSync(first)}, which does not exist` : null;
}

function nearestAbove(path: string): string {
  const above = dirname(path);
  return above === path || existsSync(above) ? above : nearestAbove(above);
}

function stat(path: string) {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
