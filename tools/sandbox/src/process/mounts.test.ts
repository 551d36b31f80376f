import { expect, test } from 'vitest';
import { mountsBelow } from './mounts.ts';

test('only what lies below the folders, innermost first, blanks decoded', () => {
  const mountinfo = `1 0 8:1 / / rw - ext4 /dev/vda rw
2 1 8:1 /x /w/sandbox/engine rw - ext4 /dev/vda rw
3 2 0:5 / /w/sandbox/engine/a\\040b/merged rw - overlay overlay rw
4 1 0:6 / /w/sandbox-other rw - tmpfs tmpfs rw
`;
  expect(mountsBelow(mountinfo, ['/w/sandbox'])).toEqual([
    '/w/sandbox/engine/a b/merged',
    '/w/sandbox/engine',
  ]);
});
