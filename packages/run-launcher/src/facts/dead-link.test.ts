import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { deadLink } from './dead-link.ts';

const root = mkdtempSync(join(tmpdir(), 'slipway-link-'));
afterAll(() => rmSync(root, { recursive: true }));
const folder = join(root, 'rclone');
mkdirSync(join(folder, 'sub'), { recursive: true });
for (const file of ['rclone/own', 'rclone/sub/other', 'outside']) writeFileSync(join(root, file), '');
for (const [name, target] of [
  ['inside', 'sub/other'],
  ['around', 'sub/../inside'],
  ['absolute', join(folder, 'own')],
  ['over', 'absolute'],
  ['folder', join(folder, 'sub')],
  ['below', 'folder/other'],
  ['out', '../outside'],
  ['back', '../rclone/own'],
  ['circle', 'circle'],
] as const)
  symlinkSync(target, join(folder, name));

it.each([
  ['own', null],
  ['none', null],
  ['inside', null],
  ['around', null],
  ['absolute', 'absolute'],
  ['over', 'absolute'],
  ['below', 'folder'],
  ['out', 'out'],
  ['back', 'back'],
  ['circle', 'circle'],
])('on the way to %s, a link that is dead elsewhere is %s', (file, link) => {
  expect(deadLink(folder, file)).toBe(link === null ? null : join(folder, link));
});

it('the folder itself may be a link', () => {
  symlinkSync(folder, join(root, 'linked'));
  expect(deadLink(join(root, 'linked'), 'inside')).toBeNull();
});
