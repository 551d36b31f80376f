import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { copyFrom, logsCommand } from './logs.ts';

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
  await vi.waitFor(() => expect(written).toEqual(['two\n']), { timeout: 30_000 });
  (take as () => void)();
  const bytes = await copied;
  write.mockRestore();
  expect(bytes).toBe(4);
  expect(await copyFrom(path, 8)).toBe(0);
  expect(process.stdout.listenerCount('error')).toBe(listeners);
  rmSync(folder, { recursive: true });
});

it('without an answer of the engine shows what is kept; that is not the end of what is followed', async () => {
  const root = mkdtempSync(join(tmpdir(), 'slipway-log-'));
  const { PATH } = process.env;
  onTestFinished(() => {
    process.env.PATH = PATH;
    vi.restoreAllMocks();
    rmSync(root, { recursive: true });
  });
  const docker = join(root, 'docker');
  const silent = '#!/bin/sh\necho "Cannot connect to the Docker daemon" >&2\nexit 1\n';
  writeFileSync(docker, silent, { mode: 0o755 });
  process.env.PATH = root;
  vi.spyOn(process, 'cwd').mockReturnValue(root);
  const printed: string[] = [];
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text, taken) => {
      printed.push(String(text));
      if (typeof taken === 'function') (taken as () => void)();
      return true;
    });
  const folder = join(root, '.slipway/runs/a');
  mkdirSync(folder, { recursive: true });
  const machine = { engine: { docker, host: 'tcp://nowhere:1' } };
  writeFileSync(join(root, 'slipway.toml'), '');
  writeFileSync(join(root, '.slipway/machine.json'), JSON.stringify(machine));
  writeFileSync(join(folder, 'log.txt'), 'training\n');
  const image = { reference: 'r:v1', digest: `sha256:${'a'.repeat(64)}` };
  const lists = { command: [], mounts: [], updates: [] };
  const plan = { id: 'a', scheduler: 'docker', image, ...lists, environment: {}, labels: {}, stop: {} };
  const record = {
    ...{ record: 'run', id: 'a', plan, startedAt: '2026-01-01T00:00:00Z', outcome: 'running' },
    ...{ log: '.slipway/runs/a/log.txt', host: { name: hostname(), gpus: [], engine: null } },
  };
  writeFileSync(join(folder, 'record.json'), JSON.stringify(record));
  await logsCommand('a', {});
  expect(printed).toEqual([expect.stringContaining('the engine does not answer'), 'training\n']);
  await expect(logsCommand('a', { follow: true })).rejects.toThrow('error[engine-unreachable]');
});
