import { expect, it } from 'vitest';
import { folderUsers } from './folder-users.ts';
import type { RunRecord } from './run-record.ts';

const run = (id: string, outcome: RunRecord['outcome'], ...sources: string[]): RunRecord => {
  const mounts = sources.map((source, index) => ({ source, target: `/${index}`, readOnly: index > 0 }));
  return { id, outcome, plan: { id, mounts } } as unknown as RunRecord;
};
const own = (id: string) => `/w/.slipway/runs/${id}/output`;
const users = (going: RunRecord[], staying: RunRecord[], writing: { id: string; output: string }[] = []) =>
  Object.fromEntries(folderUsers('/w', { going, staying, writing }));

it.each([
  ['nobody', run('b', 'finished', own('b')), {}],
  ['one that wrote into it', run('b', 'finished', own('a')), { a: 'b' }],
  ['one that read a part of it', run('b', 'finished', own('b'), `${own('a')}/best`), { a: 'b' }],
  ['one that reads what lies above it', run('b', 'running', own('b'), '/w/.slipway'), { a: 'b' }],
  ['nobody: what lay above it was read', run('b', 'finished', own('b'), '/w'), {}],
  ['nobody: its name only begins like it', run('b', 'running', '/w/.slipway/runs/a2/output'), {}],
])('used by %s', (_who, other, expected) => {
  expect(users([run('a', 'finished', own('a'))], [other])).toEqual(expected);
});

it('used by one that has to stay itself', () => {
  const going = [run('a', 'finished', own('a')), run('b', 'finished', own('b'), own('a'))];
  expect(users(going, [])).toEqual({});
  expect(users(going, [run('c', 'running', own('b'))])).toEqual({ a: 'b', b: 'c' });
});

it('used by a run of another workspace', () => {
  expect(users([run('a', 'finished', own('a'))], [], [{ id: 'x', output: `${own('a')}/more` }])).toEqual({
    a: 'x',
  });
});
