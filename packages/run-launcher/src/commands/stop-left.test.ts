import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerEngine } from '@slipway/effects';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunPlan } from '../plan/run-plan.ts';
import { thisProcess } from '../record/follower.ts';
import { type RunRecord, runFolder, writeRunRecord } from '../record/run-record.ts';
import { say } from './say.ts';
import { openSettled } from './settled.ts';
import { stopCommand } from './stop.ts';

vi.mock('./say.ts');
vi.mock('./settled.ts');

const id = 'left';
const plan = { id, scheduler: 'docker', stop: { signal: 'SIGINT', seconds: 1 } } as unknown as RunPlan;
const record = {
  ...{ record: 'run', id, plan, outcome: 'running' },
  ...{ host: { name: hostname() }, follower: thisProcess() },
} as unknown as RunRecord;

let root: string;
let typeCtrlC: () => void;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-stop-left-'));
  mkdirSync(runFolder(root, id), { recursive: true });
  vi.spyOn(process, 'once').mockImplementation((_name, listener) => {
    typeCtrlC = listener as () => void;
    return process;
  });
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
  vi.spyOn(process, 'kill').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

const nothing = `nothing was asked of the run ${id} yet, which goes on`;
const allTheSame = `the run ${id} is asked all the same; slipway show ${id} tells what becomes of it`;

it.each([
  ['while the engine is still asked how the run is', 'inspect', nothing],
  ['while the engine ends it', 'command', allTheSame],
  ['while its launcher, which was told, ends it', 'one', allTheSame],
])('left by Ctrl-C %s, tells what was asked', async (_when, step, said) => {
  const at = (reached: string) => {
    if (reached === step) typeCtrlC();
  };
  const engine = {
    inspect: async () => {
      at('inspect');
      return step === 'command' ? { status: 'running' } : undefined;
    },
    command: () => at('command'),
  } as unknown as ContainerEngine;
  let asked = 0;
  vi.mocked(openSettled).mockReturnValue({
    ...{ root, engineOf: () => engine },
    one: async () => {
      asked += 1;
      if (asked > 1) at('one');
      return { record, note: null };
    },
  } as unknown as ReturnType<typeof openSettled>);
  // As its launcher leaves it.
  writeRunRecord(root, { ...record, follower: null });
  await expect(stopCommand(id, {})).rejects.toThrow('exit 130');
  expect(say).toHaveBeenLastCalledWith(said);
});
