import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writePage } from './write-page.ts';

const root = mkdtempSync(join(tmpdir(), 'slipway-page-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('writes a page, with the folders that it lies in', () => {
  writePage(root, 'some/where/page.html', 'hello');
  expect(readFileSync(join(root, 'some/where/page.html'), 'utf8')).toBe('hello');
});

it.each([
  ['file/page.html', 'a part of that path is a file and no folder'],
  ['file/deeper/page.html', 'a part of that path is a file and no folder'],
  ['folder', 'it is a folder'],
  ['/proc/x/y.html', 'its folder cannot be made'],
])('says why nothing can be written at %s', (output, why) => {
  writeFileSync(join(root, 'file'), '');
  mkdirSync(join(root, 'folder'), { recursive: true });
  expect(() => writePage(root, output, '')).toThrow(
    `error[usage] --output=${output} cannot be written: ${why}`,
  );
});
