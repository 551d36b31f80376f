import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryRun } from '@slipway/effects';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeBuildFolder } from './build-folder.ts';

let parent: string;
const ends: AbortController[] = [];
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'slipway-folders-'));
});
afterEach(() => {
  for (const end of ends.splice(0)) end.abort();
  rmSync(parent, { recursive: true, force: true });
});

/** Another process that makes a build folder with a file in it, and goes on until it is killed. */
async function otherBuild(): Promise<{ folder: string; kill: () => Promise<void> }> {
  const script = [
    `const { makeBuildFolder } = await import(${JSON.stringify(join(import.meta.dirname, 'build-folder.ts'))})`,
    `const folder = makeBuildFolder(${JSON.stringify(parent)})`,
    'await import("node:fs").then(({ writeFileSync }) => writeFileSync(folder + "/Dockerfile", "FROM scratch"))',
    'console.log(process.pid + " " + folder)',
    'setInterval(() => {}, 1000)',
  ].join('\n');
  const end = new AbortController();
  ends.push(end);
  return new Promise((resolve, reject) => {
    const ended = tryRun({
      file: process.execPath,
      args: ['--input-type=module', '--eval', script],
      signal: end.signal,
      onLine: (line) => {
        const [, pid, folder = ''] = /^(\d+) (.*)$/.exec(line) ?? [];
        if (pid === undefined) return;
        const kill = async () => {
          process.kill(Number(pid), 'SIGKILL');
          await ended;
        };
        resolve({ folder, kill });
      },
    }).catch(reject);
  });
}

it('removes what a killed build left, and nothing of one that goes on', async () => {
  const [killed, alive] = [await otherBuild(), await otherBuild()];
  const mine = makeBuildFolder(parent);
  expect(readdirSync(parent)).toHaveLength(3);
  await killed.kill();
  expect(existsSync(join(killed.folder, 'Dockerfile'))).toBe(true);
  const next = makeBuildFolder(parent);
  expect(
    readdirSync(parent)
      .map((name) => join(parent, name))
      .sort(),
  ).toEqual([alive.folder, mine, next].sort());
  expect(existsSync(join(alive.folder, 'Dockerfile'))).toBe(true);
});

it('is not taken in by an id that was given to another process since', () => {
  const mine = makeBuildFolder(parent);
  const [, start = ''] = /^slipway-build-\d+-(\d+)-/.exec(mine.slice(parent.length + 1)) ?? [];
  const earlier = mine.replace(`-${start}-`, `-${Number(start) - 1}-`);
  mkdirSync(earlier);
  makeBuildFolder(parent);
  expect(existsSync(earlier)).toBe(false);
  expect(existsSync(mine)).toBe(true);
});

it('leaves what it cannot judge: of another machine or container, or under another name', () => {
  const others = ['slipway-build-Xy12ab', 'slipway-build-4194303-1-00000000-Xy12ab', 'slipway-lock-1'];
  for (const name of others) {
    mkdirSync(join(parent, name));
    writeFileSync(join(parent, name, 'Dockerfile'), '');
  }
  makeBuildFolder(parent);
  expect(readdirSync(parent)).toEqual(expect.arrayContaining(others));
});

it('is made by many builds at once that all clear up', async () => {
  const killed = await Promise.all([otherBuild(), otherBuild()]);
  for (const { kill } of killed) await kill();
  const builds = await Promise.all([otherBuild(), otherBuild(), otherBuild()]);
  for (const { folder } of builds) expect(existsSync(join(folder, 'Dockerfile'))).toBe(true);
  expect(readdirSync(parent)).toHaveLength(3);
});
