import { expect, test } from 'vitest';
import { withLock } from './lock.ts';

test('work under one name is done one after the other, also when it fails', async () => {
  const name = `lock-test-${process.pid}`;
  let inside = 0;
  let most = 0;
  const work = (index: number) =>
    withLock(name, async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 10));
      inside -= 1;
      if (index === 2) throw new Error('this one fails');
      return index;
    }).catch(() => -1);
  expect(await Promise.all([0, 1, 2, 3, 4].map(work))).toEqual([0, 1, -1, 3, 4]);
  expect(most).toBe(1);
});

test('other names do not wait', async () => {
  const order: string[] = [];
  await withLock(`lock-a-${process.pid}`, async () => {
    await withLock(`lock-b-${process.pid}`, async () => void order.push('inner'));
    order.push('outer');
  });
  expect(order).toEqual(['inner', 'outer']);
});
