import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { notStarted } from '../plan/start-script.ts';
import { withStartProblem } from './not-started.ts';
import type { RunRecord } from './run-record.ts';

const root = mkdtempSync(join(tmpdir(), 'slipway-started-'));
afterAll(() => rmSync(root, { recursive: true }));

const ended = (
  log: string,
  changes: object = {},
  secrets: object = { A: { from: 'environment', name: 'A' } },
) => {
  writeFileSync(join(root, 'log.txt'), log);
  const plan = { secrets, ssh: null, updates: [], mounts: [] };
  return {
    id: 'a',
    plan,
    log: 'log.txt',
    outcome: 'failed',
    exitCode: 128,
    ...changes,
  } as unknown as RunRecord;
};
const said = `${'x'.repeat(9000)}\nfatal: unable to read tree\n${notStarted}bringing c into /app\n--- Updating ---\n`;

it('the start that failed is the problem of a run, and not its application', () => {
  expect(withStartProblem(root, ended(said)).problems).toEqual([
    {
      code: 'command-failed',
      message: 'the application of the run a was not started, since this failed before: bringing c into /app',
      remedy: 'read in log.txt what is said of it, and mend that',
    },
  ]);
});

it.each([
  ['an application that failed', () => ended('training\nTraceback\n')],
  ['one that printed a lot since', () => ended(`${said}${'step\n'.repeat(9)}`)],
  ['one without a start script', () => ended(said, {}, {})],
  ['a run that was stopped', () => ended(said, { outcome: 'stopped' })],
  ['a run whose problem is known', () => ended(said, { problems: [] })],
  ['a run without a log', () => ended(said, { log: 'none.txt' })],
])('nothing is said of %s', (_what, of) => {
  const record = of();
  expect(withStartProblem(root, record)).toBe(record);
});
