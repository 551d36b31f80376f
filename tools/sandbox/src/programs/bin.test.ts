import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { places } from '../places.ts';
import { writeBin } from './bin.ts';

const root = mkdtempSync(join(tmpdir(), 'slipway-bin-'));
afterAll(() => rmSync(root, { recursive: true }));
const place = places(root);

/** A docker as it is unpacked from a suite. */
function docker(suite: string) {
  const folder = join(place.prefix, suite);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'docker');
  writeFileSync(file, '');
  return { name: 'docker', suite, file, version: '1' };
}

it('leaves a link that is right, and exchanges another one as a whole', () => {
  const path = join(place.bin, 'docker');
  writeBin(place, [docker('trixie')]);
  const first = lstatSync(path).ino;
  writeBin(place, [docker('trixie')]);
  expect(lstatSync(path).ino).toBe(first);
  const newer = docker('forky');
  writeBin(place, [newer]);
  expect(readlinkSync(path)).toBe(newer.file);
  expect(readdirSync(place.bin)).toEqual(['docker']);
});
