import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newRecordPlace, recordFolder, writeRecord } from './record.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-record-'));
});
afterEach(() => rmSync(root, { recursive: true }));

it('keeps both records of two commands that began in the same millisecond', () => {
  const began = new Date('2026-11-26T04:57:10.123Z');
  const record = { startedAt: began.toISOString() };
  const places = [newRecordPlace(began, 'base-cpu'), newRecordPlace(began, 'base-cpu')];
  for (const place of places) writeRecord(root, place, record);
  expect(new Set(places.flatMap(({ path, log }) => [path, log])).size).toBe(4);
  expect(readdirSync(join(root, recordFolder))).toHaveLength(2);
  for (const { path } of places) expect(JSON.parse(readFileSync(join(root, path), 'utf8'))).toEqual(record);
});

it('lays them in the order in which they began', () => {
  const paths = [1, 2, 10, 100].map((ms) => newRecordPlace(new Date(ms), 'base-cpu').path);
  expect(paths.toSorted()).toEqual(paths);
});
