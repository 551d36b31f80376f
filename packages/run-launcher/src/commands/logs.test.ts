import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { copyFrom } from './logs.ts';

it('a log is followed part by part, as fast as it is read, and leaves nothing at standard output', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-log-'));
  const path = join(folder, 'log.txt');
  writeFileSync(path, 'one\ntwo\n');
  const written: string[] = [];
  let take: unknown;
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text, taken) => {
    written.push(String(text));
    take = taken;
    return false;
  });
  const listeners = process.stdout.listenerCount('error');
  const copied = copyFrom(path, 4);
  await vi.waitFor(() => expect(written).toEqual(['two\n']));
  (take as () => void)();
  const bytes = await copied;
  write.mockRestore();
  expect(bytes).toBe(4);
  expect(await copyFrom(path, 8)).toBe(0);
  expect(process.stdout.listenerCount('error')).toBe(listeners);
  rmSync(folder, { recursive: true });
});
