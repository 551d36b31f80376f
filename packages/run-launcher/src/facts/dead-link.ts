import { readlinkSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** How many links one after another a system follows. */
const most = 40;

/**
 * The first link on the way from a folder to a file in it that leads nowhere once the folder lies elsewhere: an absolute
 * one, or one that leaves the folder. Null: there is none.
 */
export function deadLink(folder: string, file: string): string | null {
  const way: string[] = [];
  const ahead = file.split('/');
  let links = 0;
  let last = join(folder, file);
  for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (way.pop() === undefined) return last;
      continue;
    }
    const target = targetOf(join(folder, ...way, name));
    if (target === null) {
      way.push(name);
      continue;
    }
    last = join(folder, ...way, name);
    links += 1;
    if (isAbsolute(target) || links > most) return last;
    ahead.unshift(...target.split('/'));
  }
  return null;
}

/** Where a link leads; null: it is none. */
function targetOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
