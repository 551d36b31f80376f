import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerEngine, ContainerState } from '@slipway/effects';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { RunPlan } from '../plan/run-plan.ts';
import { runFolder } from '../record/run-record.ts';
import { requestStop, stopWasRequested } from '../record/stop-request.ts';
import { stopRun } from './stop-run.ts';

const root = mkdtempSync(join(tmpdir(), 'slipway-stop-'));
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  rmSync(runFolder(root, 'a'), { recursive: true, force: true });
  mkdirSync(runFolder(root, 'a'), { recursive: true });
});
const plan = { id: 'a', stop: { signal: 'SIGINT', seconds: 1 } } as RunPlan;
const now = () => new Date();

/** @param answers states of the container, as the engine tells them one after the other; `silent`: it does not answer. */
const engine = (answers: (ContainerState['status'] | 'none' | 'silent')[], stops: boolean): ContainerEngine =>
  ({
    name: 'docker',
    command: () => ({ file: stops ? 'true' : 'false', args: [] }),
    inspect: async () => {
      const status = answers.shift();
      if (status === 'silent') throw new Error('no container engine answers');
      return status === 'none' ? undefined : { status };
    },
  }) as unknown as ContainerEngine;

it.each([
  ['reached', engine(['running'], true), 'asked', true],
  ['without a container', engine(['none'], true), 'not started', false],
  ['on its way', engine(['created'], true), 'not started', false],
  ['that had ended', engine(['exited'], true), 'ended', false],
  ['that ended by itself meanwhile', engine(['running', 'exited'], false), 'ended', false],
  ['whose engine does not answer', engine(['silent'], true), 'no container engine answers', false],
  ['whose engine goes', engine(['running', 'silent'], false), 'no container engine answers', false],
  ['that cannot be stopped', engine(['running', 'running'], false), 'error[engine-lost]', false],
])('a run %s', async (_which, of, expected, noted) => {
  const reached = stopRun(plan, { root, engine: of, now }).catch((error: Error) => error.message);
  expect(await reached).toContain(expected);
  expect(stopWasRequested(root, 'a')).toBe(noted);
});

it('leaves what another one has asked before', async () => {
  requestStop(root, 'a', now());
  const of = engine(['running', 'exited'], false);
  expect(await stopRun(plan, { root, engine: of, now }, { atOnce: true })).toBe('ended');
  expect(stopWasRequested(root, 'a')).toBe(true);
});
