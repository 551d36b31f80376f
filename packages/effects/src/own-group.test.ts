import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openContainerEngine } from './container-engine.ts';

// Programs of both engines that write down which process group each of their calls was in.
const folder = mkdtempSync(join(tmpdir(), 'slipway-engine-'));
const groups = join(folder, 'groups');
const before = process.env.PATH;
beforeAll(() => {
  for (const name of ['docker', 'podman']) {
    const script = `#!/bin/sh\necho "$1 $(cut -d ' ' -f 5 /proc/$$/stat)" >> ${groups}\necho '{}'\n`;
    writeFileSync(join(folder, name), script);
    chmodSync(join(folder, name), 0o755);
  }
  process.env.PATH = `${folder}${delimiter}${before}`;
});
afterAll(() => {
  process.env.PATH = before;
  rmSync(folder, { recursive: true });
});

it.each(['docker', 'podman'] as const)(
  'no Ctrl-C on the terminal reaches what %s fetches or is asked',
  async (name) => {
    const engine = openContainerEngine(name, {
      substitutes: {},
      mirrors: {},
      repositories: {},
      engine: { docker: 'docker', host: 'tcp://127.0.0.1:1' },
    });
    writeFileSync(groups, '');
    await engine.pull('127.0.0.1:1/a:b', { onProgress: () => {} }).catch(() => undefined);
    await engine.has('127.0.0.1:1/a:b');
    await engine.remove('slipway-x');
    const calls = readFileSync(groups, 'utf8').trim().split('\n');
    expect(calls.map((call) => call.split(' ')[0])).toEqual(expect.arrayContaining(['pull', 'image', 'rm']));
    expect(calls.filter((call) => call.split(' ')[1] === ownGroup())).toEqual([]);
  },
);

const ownGroup = (): string | undefined => readFileSync('/proc/self/stat', 'utf8').split(' ')[4];
