import { expect, it } from 'vitest';
import { describeStatus, releaseStatus } from './release-status.ts';

const facts = {
  gitTags: ['v0.1.0', 'v0.2.0-rc9', 'v0.2.0-rc10', 'v0.2.0', 'v0.3.0-rc1', 'nightly', 'v0.1'],
  imageTags: [
    ...['v0.1.0', 'cpu-v0.1.0', 'turing-v0.1.0', 'v0.1.0.yank'],
    ...['v0.2.0-rc9', 'cpu-v0.2.0-rc9', 'turing-v0.2.0-rc9'],
    ...['cpu-v0.2.0-rc10'],
    ...['v0.2.0', 'cpu-v0.2.0', 'turing-v0.2.0'],
    ...['v0.0.9', 'cpu-v0.0.9'],
    ...['cpu-latest', 'cpu-0123456789ab', 'application-0123456789ab', 'cpu-0123456789ab.build'],
  ],
  architectures: ['cpu', 'turing'],
  latest: { cpu: 'v0.2.0', turing: 'v0.1.0' },
};

it('says of each version how far it came, and what completes it', () => {
  expect(describeStatus(releaseStatus(facts)).split('\n')).toEqual([
    'v0.3.0-rc1   never started',
    '             -> git fetch origin tag v0.3.0-rc1 && git checkout v0.3.0-rc1 && npx nx run runtime-image:publish --as=v0.3.0-rc1',
    'v0.2.0       published      cpu, turing',
    '             -> npx nx run runtime-image:smoke --as=v0.2.0',
    'v0.2.0-rc10  half           cpu  without turing',
    '             -> git fetch origin tag v0.2.0-rc10 && git checkout v0.2.0-rc10 && npx nx run runtime-image:publish --as=v0.2.0-rc10',
    'v0.2.0-rc9   published      cpu, turing',
    'v0.1.0       yanked         cpu, turing',
    'v0.0.9       published      cpu  without turing  no tag in git',
  ]);
});

it('has nothing to say of a repository without versions', () => {
  expect(describeStatus(releaseStatus({ ...facts, gitTags: ['nightly'], imageTags: [] }))).toBe(
    'no version yet: npx nx run release:plan says what the first one would be',
  );
});
