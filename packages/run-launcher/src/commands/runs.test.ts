import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runFolder } from '../record/run-record.ts';
import { runsCommand } from './runs.ts';

let root: string;
let said: string[];
const { PATH } = process.env;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-runs-'));
  said = [];
  for (const folder of ['bin', '.slipway']) mkdirSync(join(root, folder));
  writeFileSync(join(root, 'slipway.toml'), '');
  const engine = { docker: join(root, 'bin/docker'), host: 'tcp://nowhere:1' };
  writeFileSync(join(root, '.slipway/machine.json'), JSON.stringify({ engine }));
  // Podman is not installed.
  process.env.PATH = join(root, 'bin');
  vi.spyOn(process, 'cwd').mockReturnValue(root);
  vi.spyOn(console, 'log').mockImplementation((line) => said.push(line));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text).trimEnd()) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text).trimEnd()) > 0);
});
afterEach(() => {
  process.env.PATH = PATH;
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

/** An engine with a container of the workspace. */
function docker(id: string, status: string): void {
  const Labels = { 'io.slipway.run': id, 'io.slipway.run.folder': runFolder(root, id) };
  const inspected = [{ Id: 'x', State: { Status: status, ExitCode: 3 }, Config: { Labels } }];
  const script = `case $1 in ps) echo x;; container) echo '${JSON.stringify(inspected)}';; esac`;
  writeFileSync(join(root, 'bin/docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function damage(id: string): void {
  mkdirSync(runFolder(root, id), { recursive: true });
  writeFileSync(join(runFolder(root, id), 'record.json'), '');
}

it.each([
  ['running', 'running', 'docker stop slipway-a ends it'],
  ['exited', 'exited 3', 'docker rm slipway-a removes it'],
])('of a container that is %s, whose record is gone, says what can be done', async (status, shown, end) => {
  docker('a', status);
  await runsCommand({});
  expect(said).toEqual([`a  ${shown}  (its record is gone; docker logs slipway-a shows it, ${end})`]);
});

it('names what is damaged, and does not call it nothing', async () => {
  docker('other', 'exited');
  damage('a');
  await runsCommand({});
  expect(said[0]).toContain('.slipway/runs/a/record.json is not the record of a run');
  expect(said.join()).not.toContain('no run is recorded');
  damage('other');
  await runsCommand({});
  expect(said.at(-1)).toContain('other  exited 3  (its record is damaged; ');
});
