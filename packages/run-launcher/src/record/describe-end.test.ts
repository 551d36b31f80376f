import { expect, it } from 'vitest';
import { describeEnd } from './describe-end.ts';

it.each([
  ['running', null, 'running'],
  ['finished', 0, 'finished, exit code 0'],
  ['lost', null, 'lost, exit code unknown'],
  ['stopped', 130, 'stopped, exit code 130'],
  ['stopped', 137, 'stopped, exit code 137: it was killed before it had saved'],
  ['failed', 137, 'failed, exit code 137'],
] as const)('%s with %s: %s', (outcome, exitCode, text) => {
  expect(describeEnd({ outcome, exitCode })).toBe(text);
});
