import { expect, it } from 'vitest';
import { progressText } from './pull.ts';

it.each([
  [0, 6_300_000_000, 0, '0B of 6.3GB'],
  [1_200_000_000, 6_300_000_000, 50_000, '1.2GB of 6.3GB, 24MB/s, 4 min left'],
  [6_000_000_000, 6_300_000_000, 60_000, '6GB of 6.3GB, 100MB/s, 3 s left'],
  [6_300_000_000, 6_300_000_000, 70_000, '6.3GB of 6.3GB, unpacking'],
  [0, 6_300_000_000, 61_000, '0B of 6.3GB, after 61 s'],
  [463, 60_000_000, 3000, '463B of 60MB, after 3 s'],
  [0, null, 5000, '0B, after 5 s'],
  [5_000_000, null, 1000, '5MB, 5MB/s'],
])('%d of %s after %d ms: %s', (fetched, total, elapsed, text) => {
  expect(progressText(fetched, total, elapsed)).toBe(text);
});
