import type { ImagePlan } from '@slipway/images';
import { describe, expect, it, test } from 'vitest';
import { planProblems } from './plan-request.ts';

const plan = 'saved.json';
/** As much of a plan as is looked at. */
const image = (architecture: string, version: string, kind: ImagePlan['kind'] = 'runtime') =>
  ({
    project: `${kind}-${architecture}`,
    kind,
    architecture,
    builds: [
      { target: 'application-image', arguments: {} },
      { target: kind, arguments: { VERSION: version } },
    ],
  }) as unknown as ImagePlan;
const saved = [image('cpu', 'v0.2.0-rc1'), image('ampere', 'v0.2.0-rc1')];

describe('a saved plan may be published', () => {
  test.each([
    ['alone', {}],
    ['with its version', { as: 'v0.2.0-rc1' }],
    ['with its architectures, in any order', { architectures: ['ampere', 'cpu'] }],
  ])('%s', (_, asked) => {
    expect(planProblems(saved, { plan, ...asked })).toEqual([]);
  });
});

it('is refused with another version and other architectures, both told', () => {
  expect(planProblems(saved, { plan, as: 'v0.2.0', architectures: ['cpu'] })).toEqual([
    {
      code: 'usage',
      message: '--as=v0.2.0 was given, but saved.json is the plan of v0.2.0-rc1',
      remedy:
        'leave --as out, or make the plan anew with it: npx nx run runtime-image:publish --dry-run --as=v0.2.0 > saved.json',
    },
    {
      code: 'usage',
      message: '--architectures=cpu was given, but saved.json is the plan of cpu, ampere',
      remedy:
        'leave --architectures out, or make the plan anew with it: npx nx run runtime-image:publish --dry-run --architectures=cpu > saved.json',
    },
  ]);
});

describe('what is no plan of one publish is refused', () => {
  test.each<[string, ImagePlan[], string]>([
    ['no image', [], 'it holds no image'],
    ['a base', [image('cpu', '', 'base')], 'it holds base-cpu, which no version publishes'],
    ['an image without version', [image('cpu', '')], 'it holds runtime-cpu, which no version publishes'],
    [
      'two versions',
      [image('cpu', 'v0.1.0'), image('ampere', 'v0.2.0')],
      'it holds several versions: v0.1.0, v0.2.0',
    ],
    ['one architecture twice', [image('cpu', 'v0.1.0'), image('cpu', 'v0.1.0')], 'it holds cpu twice'],
  ])('%s', (_, images, why) => {
    const [problem, ...more] = planProblems(images, { plan });
    expect(more).toEqual([]);
    expect(problem?.code).toBe('usage');
    expect(problem?.message).toBe(`this is not the plan of a publish: ${why}`);
  });
});
