import { parseGpus } from '@slipway/effects';
import { expect, it } from 'vitest';
import { askedDevices, findDevices } from './find-devices.ts';

const host = parseGpus(
  ['0, GPU-5c89-aa, A100, 8.0, 570.1, 81920', '2, GPU-77, RTX 2080 Ti, 7.5, 570.1, 11264'].join('\n'),
);
const numbers = (asked: string, gpus = host) =>
  findDevices(askedDevices(asked, gpus) ?? [], gpus).map(({ device, gpus: found }) => [
    device,
    ...found.map(({ index }) => index),
  ]);

it.each<[string, (string | number)[][]]>([
  ['none', []],
  [
    'all',
    [
      ['0', 0],
      ['2', 2],
    ],
  ],
  // GPU 1 does not answer.
  [
    '2',
    [
      ['0', 0],
      ['2', 2],
    ],
  ],
  ['3', [['0', 0], ['1'], ['2', 2]]],
  ['device=2,1', [['2', 2], ['1']]],
  ['device=GPU-5C89-aa', [['GPU-5C89-aa', 0]]],
  // The engine takes whole UUIDs only.
  ['device=GPU-5c89', [['GPU-5c89']]],
  ['device=0:3', [['0:3', 0]]],
  ['device=1:0', [['1:0']]],
  ['device=MIG-GPU-77/1/0', [['MIG-GPU-77/1/0', 2]]],
  ['device=MIG-8a4f-11', [['MIG-8a4f-11', 0, 2]]],
])('--gpus %s', (asked, expected) => {
  expect(numbers(asked)).toEqual(expected);
});

it('cannot tell a GPU by its UUID from an answer without UUIDs', () => {
  const bare = host.map((gpu) => ({ ...gpu, uuid: null }));
  expect(numbers('device=GPU-77', bare)).toEqual([['GPU-77', 0, 2]]);
});
