import type { Problem } from '@slipway/contract';
import { expect, it } from 'vitest';
import { orOtherEngine } from './other-engine.ts';

const problem: Problem = { code: 'engine-unreachable', message: 'no engine answers', remedy: 'start it' };

it.each([
  ['docker', 'start it; or take podman: --scheduler podman'],
  ['podman', 'start it; or take docker: --scheduler docker'],
  [undefined, 'start it'],
] as const)('where %s cannot be asked, the other one may be', (engine, remedy) => {
  expect(orOtherEngine({ ...problem, engine })).toMatchObject({ engine, remedy });
});
