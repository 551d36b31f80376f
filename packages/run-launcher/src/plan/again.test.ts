import type { EngineFacts } from '@slipway/effects';
import { expect, it } from 'vitest';
import { withAccessOf } from './again.ts';
import type { RunPlan } from './run-plan.ts';

const plan = { scheduler: 'docker', gpus: { devices: 'all', access: 'toolkit' } } as unknown as RunPlan;
const hostWith = (cdi: string[]) => ({
  gpus: [],
  instead: null,
  engine: { cdi } as unknown as EngineFacts,
  toolkitHook: false,
});

it('asks for GPUs as the engine gives them now', () => {
  const moved = hostWith(['all']);
  expect(withAccessOf(plan, moved).gpus).toEqual({ devices: 'all', access: 'cdi' });
  expect(withAccessOf(plan, hostWith([])).gpus?.access).toBe('toolkit');
  expect(withAccessOf({ ...plan, gpus: null }, moved).gpus).toBeNull();
  const cdi = { ...plan, gpus: { devices: 'all' as const, access: 'cdi' as const } };
  for (const unknown of [
    { ...moved, engine: null },
    { ...hostWith([]), brief: true },
  ])
    expect(withAccessOf(cdi, unknown)).toEqual(cdi);
});
