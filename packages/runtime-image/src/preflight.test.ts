import { expect, it } from 'vitest';
import { describeFetched, neededBytes } from './preflight.ts';

const near = { helperBytes: 17e6, copied: [], remoteBytes: 5.6e9 };
const far = {
  helperBytes: 17e6,
  copied: [{ architecture: 'turing', from: 'docker.io', to: 'ghcr.io', bytes: 2.8e9 }],
  remoteBytes: 0,
};

it('needs room for what is fetched, and for a base only when it has to be copied', () => {
  expect(neededBytes(near)).toBe(168e6);
  expect(neededBytes(far)).toBe(2.968e9);
});

it('says how much is fetched and copied before it begins', () => {
  expect(describeFetched(near)).toEqual([
    'fetches at most 17 MB to lay out the application; 5.6 GB of base images stay where they are',
  ]);
  expect(describeFetched(far)).toEqual([
    'fetches at most 17 MB to lay out the application; 0 B of base images stay where they are',
    'turing: the base lies in docker.io and the image goes to ghcr.io: all of its 2.8 GB are copied through the builder',
  ]);
  expect(describeFetched({ helperBytes: 0, copied: [], remoteBytes: 0 })).toEqual([]);
});
