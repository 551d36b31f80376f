import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folders of an unpacked package that hold shared libraries, as LD_LIBRARY_PATH wants them. */
export function libraryPath(folder: string): string {
  return ['usr/lib', 'lib']
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .flatMap((path) =>
      readdirSync(path)
        .filter((name) => /-linux-gnu/.test(name))
        .map((name) => join(path, name)),
    )
    .join(':');
}
