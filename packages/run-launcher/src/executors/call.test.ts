import { Failure } from '@slipway/contract';
import { afterEach, expect, it, vi } from 'vitest';
import { call } from './call.ts';

afterEach(() => vi.restoreAllMocks());

it('spells the version in a remedy as Nx takes it, and leaves what a person typed as it is', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  const problem = {
    code: 'usage' as const,
    message: 'the command is python --version',
    remedy: 'take another one: --version vX.Y.Z; not --version-file, --version=1',
  };
  expect(await call({}, () => Promise.reject(new Failure(problem)))).toEqual({ success: false });
  expect(said).toHaveBeenCalledWith(
    'error[usage] the command is python --version\n  fix: take another one: --as vX.Y.Z; not --version-file, --version=1',
  );
});
