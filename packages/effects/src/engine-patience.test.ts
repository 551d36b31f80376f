import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openContainerEngine } from './container-engine.ts';
import { isSilence } from './no-answer.ts';

/** An engine that never answers. */
function silentEngine(way: string, patienceMs: number) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-patience-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const socket = join(folder, `${way}.socket`);
  const docker = join(folder, 'docker');
  writeFileSync(docker, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  const server = createServer(() => {}).listen(socket);
  onTestFinished(() => void server.close());
  const host = way === 'socket' ? `unix://${socket}` : 'tcp://127.0.0.1:1';
  const machine = { substitutes: {}, mirrors: {}, repositories: {}, engine: { docker, host } };
  return openContainerEngine('docker', machine, { patienceMs });
}

it.each(['socket', 'program'])(
  'an engine whose %s never answers is waited for as long as is wanted',
  async (way) => {
    const engine = silentEngine(way, 200);
    for (const ask of [() => engine.inspect('a'), () => engine.list('b')]) {
      const failure = await ask().catch((error: unknown) => error);
      expect(String(failure)).toContain('error[engine-unreachable]');
      expect(isSilence(failure)).toBe(true);
    }
  },
  20_000,
);

it.each([
  ['socket', true],
  ['program', false],
])('an engine whose %s never answers is let go of by whoever wants to know no more', async (way, quickly) => {
  const engine = silentEngine(way, 600_000);
  expect(engine.answersQuickly).toBe(quickly);
  const enough = new AbortController();
  const answer = engine.inspect('a', enough).catch(() => 'given up');
  enough.abort();
  expect(await answer).toBe('given up');
});

it('an engine that is not there says so, which is no silence', async () => {
  const machine = {
    substitutes: {},
    mirrors: {},
    repositories: {},
    engine: { docker: 'docker', host: 'unix:///nowhere.socket' },
  };
  const failure = await openContainerEngine('docker', machine)
    .inspect('a')
    .catch((error: unknown) => error);
  expect(String(failure)).toContain('error[engine-unreachable]');
  expect(isSilence(failure)).toBe(false);
});
