import { expect, it } from 'vitest';
import { wasAsked } from './plan-origins.ts';

it.each([
  ['gpus', undefined, false],
  ['gpus', 'default: all that the image can use', false],
  ['gpus', 'default.toml', true],
  ['gpus', 'defaults/run.toml', true],
  ['gpus', '--gpus', true],
  ['processes', undefined, false],
  ['processes', 'default: one for each GPU', false],
  ['processes', 'default: the command is no Python program', false],
  ['processes', 'default.toml', true],
] as const)('%s that come from %s were asked for: %s', (key, origin, asked) => {
  expect(wasAsked({ origins: origin === undefined ? {} : { [key]: origin } }, key)).toBe(asked);
});
