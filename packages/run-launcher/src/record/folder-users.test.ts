import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type FolderUser, folderUsers } from './folder-users.ts';
import type { RunRecord } from './run-record.ts';

const run = (id: string, outcome: RunRecord['outcome'], ...sources: string[]): RunRecord => {
  const mounts = sources.map((source, index) => ({ source, target: `/${index}`, readOnly: index > 0 }));
  return { id, outcome, plan: { id, mounts } } as unknown as RunRecord;
};
const own = (id: string) => `/w/.slipway/runs/${id}/output`;
const users = (going: RunRecord[], staying: RunRecord[], open: FolderUser[] = []) =>
  Object.fromEntries(folderUsers('/w', { going, staying, open }));

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

it.each([
  ['writes into it', `${own('a')}/more`],
  ['reads what lies above it', '/w'],
])('used by a run of another workspace, or a shell, that %s', (_how, source) => {
  const open = [{ id: 'x', sources: [source], open: true }];
  expect(users([run('a', 'finished', own('a'))], [], open)).toEqual({ a: 'x' });
});

it('used by its own container, whatever its record says', () => {
  const open = [{ id: 'a', sources: [own('a')], open: true }];
  expect(users([run('a', 'finished', own('a'))], [], open)).toEqual({ a: 'a' });
});

it('used by one that names it by a symlink', () => {
  const root = mkdtempSync(join(tmpdir(), 'slipway-users-'));
  mkdirSync(join(root, '.slipway/runs/a/output'), { recursive: true });
  symlinkSync(join(root, '.slipway/runs/a/output'), join(root, 'data'));
  const staying = [run('b', 'running', join(root, 'data'))];
  const found = folderUsers(root, { going: [run('a', 'finished')], staying, open: [] });
  expect(Object.fromEntries(found)).toEqual({ a: 'b' });
  rmSync(root, { recursive: true });
});
