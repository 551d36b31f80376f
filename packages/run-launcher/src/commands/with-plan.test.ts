import { expect, it } from 'vitest';
import { inNewPlan } from './with-plan.ts';

it.each([
  ['name some of these with --gpus', true],
  ['name an empty folder with --output to begin anew; to start all the same: --force resume', true],
  ['free some: docker image prune --all removes images; to start all the same: --force disk', false],
  ['write the specification anew: sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml', false],
  ['chmod 600 /k', false],
])('beside a saved plan, "%s" wants a new one: %s', (remedy, wanted) => {
  const told = inNewPlan({ code: 'usage', message: '', remedy }).remedy;
  expect(told).toBe(wanted ? `${remedy} (a saved plan takes no option but --force: make a new one)` : remedy);
});
