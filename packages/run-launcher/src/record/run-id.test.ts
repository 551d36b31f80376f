import { expect, it } from 'vitest';
import { newRunId } from './run-id.ts';

it('takes no id that another run of the same second has', () => {
  const asked: string[] = [];
  const id = newRunId(new Date('2026-11-23T13:45:01Z'), (each) => asked.push(each) < 3);
  expect(asked).toHaveLength(3);
  expect(id).toBe(asked[2]);
  expect(id).toMatch(/^20261123-134501-[0-9a-f]{4}$/);
});
