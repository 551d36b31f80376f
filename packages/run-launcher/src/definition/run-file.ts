import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Failure, parseRunFile } from '@slipway/contract';
import type { Layer } from './run-definition.ts';

/**
 * Reads the run.toml that a person names, or else the one of the current folder where there is one.
 * @throws Failure `definition-missing`, `definition-syntax` or `definition-invalid`.
 */
export function readRunFile(folder: string, named: string | undefined): Layer[] {
  const path = named === undefined ? join(folder, 'run.toml') : resolve(folder, named);
  if (!existsSync(path)) {
    const link = linkOf(path);
    if (named === undefined && link === undefined) return [];
    throw new Failure({
      code: 'definition-missing',
      where: { file: named ?? 'run.toml' },
      message: link === undefined ? 'there is no such file' : `it is a link to ${link}, which does not exist`,
      remedy:
        named === undefined ? 'correct the link, or remove it' : 'name the run.toml that --file is to read',
    });
  }
  const shown = relative(folder, path) || path;
  return [{ from: shown, values: parseRunFile(shown, read(path, shown)), folder: dirname(path) }];
}

/** Where a link leads; undefined: it is none. */
function linkOf(path: string): string | undefined {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
  return isLink ? readlinkSync(path) : undefined;
}

function read(path: string, shown: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure({
      code: 'definition-missing',
      where: { file: shown },
      message: `it cannot be read: ${(error as Error).message}`,
      remedy: 'name a run.toml that you may read with --file',
    });
  }
}
