import { expect, it } from 'vitest';
import { type NeededPackages, slipwayLocks } from './slipway-locks.ts';

const npm = 'package-lock.json';

it.each<{ needs: NeededPackages; there: string[]; locks: string[] }>([
  { needs: { devDependencies: { slipway: '^1.0.0' } }, there: [], locks: [npm] },
  { needs: { devDependencies: { slipway: '*' } }, there: [npm], locks: [npm] },
  { needs: { dependencies: { '@slipway/images': '*' } }, there: ['yarn.lock'], locks: ['yarn.lock'] },
  // Not made yet.
  {
    needs: { devDependencies: { slipway: '*' }, packageManager: 'pnpm@10.1.0' },
    there: [],
    locks: ['pnpm-lock.yaml'],
  },
  // The workflows install by npm.
  {
    needs: { devDependencies: { slipway: '*' }, packageManager: 'bun@1.2.0' },
    there: [],
    locks: [npm, 'bun.lock'],
  },
  {
    needs: { devDependencies: { slipway: '*' } },
    there: ['pnpm-lock.yaml', npm],
    locks: [npm, 'pnpm-lock.yaml'],
  },
  { needs: { devDependencies: { nx: '*', 'slipway-x': '*' } }, there: [npm], locks: [] },
  { needs: {}, there: [npm], locks: [] },
])('$locks for $needs beside $there', ({ needs, there, locks }) => {
  expect(slipwayLocks(needs, (file) => there.includes(file))).toEqual(locks);
});
