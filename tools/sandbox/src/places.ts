import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where everything of one workspace's sandbox lies. Nothing else of the machine is written to. */
export interface Places {
  root: string;
  /** `<root>/.slipway/sandbox`, git-ignored; removed as a whole by `down --purge`. */
  folder: string;
  /** Unpacked packages: `prefix/<suite>/<program>/`. */
  prefix: string;
  /** Programs by their own names, to be put first on PATH. */
  bin: string;
  dockerConfig: string;
  downloads: string;
  /** A marker for each finished step, holding the step's result. */
  done: string;
  logs: string;
  users: string;
  rootfs: string;
  state: string;
  /** What the product's packages read about this machine. */
  machine: string;
}

export function places(root: string): Places {
  const at = realpath(root);
  const folder = join(at, '.slipway', 'sandbox');
  return {
    root: at,
    folder,
    prefix: join(folder, 'prefix'),
    bin: join(folder, 'bin'),
    dockerConfig: join(folder, 'docker-config'),
    downloads: join(folder, 'downloads'),
    done: join(folder, 'done'),
    logs: join(folder, 'logs'),
    users: join(folder, 'users'),
    rootfs: join(folder, 'rootfs.tar'),
    state: join(folder, 'state.json'),
    machine: join(at, '.slipway', 'machine.json'),
  };
}

/** Eight hex digits that name a folder where a whole path is too long: sockets, bridges, control groups. */
export function shortId(folder: string): string {
  return createHash('sha256').update(realpath(folder)).digest('hex').slice(0, 8);
}

/** Sockets and pid files: a socket's path may have 108 characters at most, and clones lie deep. */
export function runFolder(folder: string): string {
  return `/run/slipway-${shortId(folder)}`;
}

/** The same folder must get the same name whichever way it was reached. */
function realpath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
