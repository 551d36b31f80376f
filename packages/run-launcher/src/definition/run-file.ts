import { existsSync, readFileSync } from 'node:fs';
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
    if (named === undefined) return [];
    throw new Failure({
      code: 'definition-missing',
      where: { file: named },
      message: 'there is no such file',
      remedy: 'name the run.toml that --file is to read',
    });
  }
  const shown = relative(folder, path) || path;
  return [{ from: shown, values: parseRunFile(shown, read(path, shown)), folder: dirname(path) }];
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
