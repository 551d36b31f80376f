import { expect, it } from 'vitest';
import type { RunPlan } from '../plan/run-plan.ts';
import type { CheckFacts } from './check.ts';
import { image } from './image.ts';

const labels = {
  'io.slipway.architecture': 'cpu',
  'io.slipway.python': '3.12',
  'io.slipway.gpu.compute-capabilities': '',
  'io.slipway.gpu.torch-cuda-arch-list': '',
  'io.slipway.gpu.flash-attn-cuda-archs': '',
  'io.slipway.jit': 'false',
};
const found = (deprecated: string | null | undefined, more: Record<string, string> = {}) => {
  const plan = { image: { reference: 'team/app:cpu-v0.1.0', labels: { ...labels, ...more } } } as unknown;
  return image.look(plan as RunPlan, { deprecated } as unknown as CheckFacts).map((each) => each.found);
};
it('warns of an image of the engine when nobody could ask whether the registry has a newer one', () => {
  const local = { image: { reference: 'team/app:dev', from: 'engine', labels } } as unknown as RunPlan;
  const look = (unasked: string | null | undefined) =>
    image.look(local, { deprecated: null, unasked } as unknown as CheckFacts).map((each) => each.found);
  expect(look('h says 429')).toEqual([
    "team/app:dev is the one in the engine's own store, and may be older than the registry's: h says 429",
    "team/app:dev is cpu's",
  ]);
  expect(look(null)).toEqual(look(undefined));
  expect(look(null)).toHaveLength(1);
});

const label = { 'io.slipway.deprecated': 'as it was made' };

it('warns of an architecture that became deprecated after the image was made, and not of one that is not any more', () => {
  expect(found('take ampere')).toEqual(['cpu is deprecated: take ampere']);
  expect(found(null, label)).toEqual(["team/app:cpu-v0.1.0 is cpu's"]);
  expect(found(undefined, label)).toEqual(['cpu is deprecated: as it was made']);
});
