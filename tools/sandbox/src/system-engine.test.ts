import { expect, test } from 'vitest';
import { judge } from './system-engine.ts';

const good = {
  version: '28.5.2',
  buildx: 'github.com/docker/buildx v0.29.1',
  host: 'unix:///var/run/docker.sock',
};

test.each([
  [good, undefined],
  [{ ...good, version: '20.10.24' }, 'its version is 20.10.24, and at least 24 is needed'],
  [{ ...good, buildx: undefined }, 'it has no buildx'],
  [{ ...good, host: 'ssh://far' }, 'it is not on this machine (ssh://far)'],
  [
    { version: '20.10.24', buildx: undefined, host: undefined },
    'its version is 20.10.24, and at least 24 is needed; it has no buildx',
  ],
])('%o', (answers, unfit) => {
  expect(judge(answers).unfit).toBe(unfit);
});
