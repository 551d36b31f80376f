import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineSettings } from '@slipway/contract';
import { expect, it } from 'vitest';
import { openProbes } from '../facts/probes.ts';
import type { RunPlan } from '../plan/run-plan.ts';
import { inNewRun } from './rerun.ts';
import { inNewPlan, reopen } from './with-plan.ts';

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

it.each([
  ['export TT first, or name another source: --env TT=file:PATH', true],
  ['free some: docker image prune --all removes images; to start all the same: --force disk', false],
  ['name an empty folder with --output to begin anew; to start all the same: --force resume', false],
])('beside a recorded run, "%s" wants a new one: %s', (remedy, wanted) => {
  const told = inNewRun({ code: 'usage', message: '', remedy }).remedy;
  const note = 'rerun takes no option of a run but --output and --force: start a new run';
  expect(told).toBe(wanted ? `${remedy} (${note})` : remedy);
});

it('of a saved plan that is held against another host, no git server is asked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-reopen-'));
  try {
    writeFileSync(
      join(folder, 'host.json'),
      '{"gpus":[],"instead":"none","engine":null,"toolkitHook":false}',
    );
    const update = { name: 'app', path: '/app', url: join(folder, 'gone'), ref: 'main' };
    const plan = {
      scheduler: 'docker',
      image: { reference: 'h:5/a/b:dev', labels: {} },
      mounts: [],
      secrets: {},
      ssh: null,
      updates: [{ ...update, commit: 'c'.repeat(40) }],
    } as unknown as RunPlan;
    const machine: MachineSettings = { substitutes: {}, mirrors: {}, repositories: {} };
    const probes = openProbes();
    const around = { root: folder, folder, machine, probes };
    const { gone } = await reopen(plan, around, { hostFacts: 'host.json', gone: 'plan-outdated' });
    expect(gone).toEqual([]);
    expect(probes.report().each).not.toHaveProperty('git');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
