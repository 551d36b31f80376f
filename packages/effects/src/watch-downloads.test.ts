import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { claim } from './claim.ts';
import { watchDownloads } from './watch-downloads.ts';

const store = mkdtempSync(join(tmpdir(), 'slipway-store-'));
afterAll(() => rmSync(store, { recursive: true }));
/** What is waited for comes at once, where nothing else has the processor. */
const patience = { timeout: 30_000 };

it('counts what is fetched, and leaves nothing behind', async () => {
  const onFetched = vi.fn();
  const { env, end } = await watchDownloads(store, onFetched);
  writeFileSync(join(env.TMPDIR ?? '', 'layer'), '12345');
  await vi.waitFor(() => expect(onFetched).toHaveBeenCalledWith(5), patience);
  end();
  expect(readdirSync(store)).toEqual([]);
});

it('counts on what was unpacked and removed, as podman does layer by layer', async () => {
  const onFetched = vi.fn();
  const { env, end } = await watchDownloads(store, onFetched);
  const path = (name: string) => join(env.TMPDIR ?? '', name);
  writeFileSync(path('first'), '12345');
  await vi.waitFor(() => expect(onFetched).toHaveBeenLastCalledWith(5), patience);
  rmSync(path('first'));
  writeFileSync(path('second'), '123');
  await vi.waitFor(() => expect(onFetched).toHaveBeenLastCalledWith(8), patience);
  end();
});

it('removes what killed processes left, and nothing of those that live', async () => {
  const [living, dead, other] = ['slipway-pull-1', 'slipway-pull-2', 'overlay'].map((name) =>
    join(store, name),
  ) as [string, string, string];
  for (const folder of [living, dead, other]) mkdirSync(folder);
  const release = await claim(living);
  const { end } = await watchDownloads(store, () => {});
  end();
  expect([living, dead, other].map((folder) => existsSync(folder))).toEqual([true, false, true]);
  release?.();
});

it('watches nothing where it may not write', async () => {
  expect((await watchDownloads(join(store, 'nowhere'), () => {})).env).toEqual({});
});
