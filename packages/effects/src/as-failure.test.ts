import { expect, it } from 'vitest';
import { asFailure } from './as-failure.ts';

it('says plainly that the current folder is gone', () => {
  const error = Object.assign(new Error('ENOENT: process.cwd failed'), { code: 'ENOENT', syscall: 'uv_cwd' });
  expect(asFailure(error).problems).toMatchObject([
    { code: 'folder-missing', message: 'the folder that this was called in does not exist any more' },
  ]);
});
