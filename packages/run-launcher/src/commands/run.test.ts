import { afterEach, expect, it, vi } from 'vitest';
import { executeRun } from '../execute/execute-run.ts';
import type { RunRecord } from '../record/run-record.ts';
import { tellLeftOut } from './hold-back.ts';
import { onSignals } from './on-signals.ts';
import { startPlanned } from './run.ts';
import type { Planned } from './with-plan.ts';

vi.mock('../execute/execute-run.ts');
vi.mock('../watch-output.ts');
vi.mock('./hold-back.ts');
vi.mock('./on-signals.ts');
vi.mock('./say.ts');
afterEach(() => void vi.restoreAllMocks());

const planned = { plan: { id: 'a', image: {} }, facts: {}, findings: [] } as unknown as Planned;
const problems = [{ code: 'secret-missing', message: 'KEY is to come from a file', remedy: 'make it' }];

it.each([
  ['that goes on', { outcome: 'running', exitCode: null }, ['a']],
  ['that was over at once', { outcome: 'failed', exitCode: 3 }, ['a']],
  ['whose container was removed', { outcome: 'lost', exitCode: null, problems }, ['a']],
  ['that was never started', { outcome: 'failed', exitCode: null, problems }, []],
  ['that was stopped before', { outcome: 'stopped', exitCode: null, problems }, []],
])('of a detached run %s, the id is printed where it was started', async (_how, record, printed) => {
  vi.mocked(onSignals).mockReturnValue(async () => {});
  vi.mocked(executeRun).mockResolvedValue({ id: 'a', ...record } as unknown as RunRecord);
  const log = vi.spyOn(console, 'log').mockReturnValue();
  vi.spyOn(console, 'error').mockReturnValue();
  await startPlanned(planned, true).catch(() => undefined);
  expect(log.mock.calls.flat()).toEqual(printed);
});

it('what was left out is told also where the run cannot be recorded', async () => {
  vi.mocked(onSignals).mockReturnValue(async () => {});
  vi.mocked(executeRun).mockRejectedValue(new Error('no space'));
  await expect(startPlanned(planned, false)).rejects.toThrow('no space');
  expect(tellLeftOut).toHaveBeenCalledOnce();
});
