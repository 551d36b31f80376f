import { Failure, type ProblemCode } from '@slipway/contract';
import { afterEach, expect, it, vi } from 'vitest';
import { report } from './report.ts';

afterEach(() => vi.restoreAllMocks());

it.each<[ProblemCode[], number]>([
  [['gpu-unfit'], 1],
  [['gpu-unfit', 'usage'], 2],
  [['reference-malformed'], 1],
  [['interrupted'], 130],
  [['interrupted', 'disk-full'], 1],
])('problems of %j end with %i', (codes, expected) => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const problems = codes.map((code) => ({ code, message: '', remedy: '' }));
  expect(report(new Failure(problems))).toBe(expected);
});
