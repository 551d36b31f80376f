import { resolve } from 'node:path';
import { Failure } from '@slipway/contract';
import { writeWhole } from '@slipway/effects';

/**
 * Writes the page where it was asked for.
 * @param output as it was given, relative to the root.
 * @throws Failure `usage` where no file can be, `not-allowed` where this user may write none.
 */
export function writePage(root: string, output: string, page: string): void {
  try {
    writeWhole(resolve(root, output), page);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const why = reasons[code];
    if (why === undefined) throw error;
    throw new Failure(
      {
        code: ['EACCES', 'EPERM', 'EROFS'].includes(code) ? 'not-allowed' : 'usage',
        message: `--output=${output} cannot be written: ${why}`,
        remedy: 'name a file in a folder that can be written to: --output=.slipway/catalogue.html',
      },
      { cause: error },
    );
  }
}

const reasons: Record<string, string> = {
  EEXIST: 'a part of that path is a file and no folder',
  ENOTDIR: 'a part of that path is a file and no folder',
  EISDIR: 'it is a folder',
  ENOENT: 'its folder cannot be made',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'what lies there can only be read',
};
