import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { stopCommand } from './stop.ts';

let root: string;
const { PATH } = process.env;
const id = `asked-${process.pid}`;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-stop-'));
  const file = join(root, 'bin/docker');
  write('slipway.toml', '');
  // Its program is asked, not a socket.
  write('.slipway/machine.json', JSON.stringify({ engine: { docker: file, host: 'tcp://nowhere:1' } }));
  process.env.PATH = join(root, 'bin');
  vi.spyOn(process, 'cwd').mockReturnValue(root);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  process.env.PATH = PATH;
  process.removeAllListeners('SIGINT');
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text, { mode });
}

const recordFile = `.slipway/runs/${id}/record.json`;

function record(): void {
  const image = { reference: 'r:v1', digest: `sha256:${'a'.repeat(64)}` };
  const lists = { command: [], mounts: [], updates: [] };
  const stop = { signal: 'SIGINT', seconds: 1 };
  const tables = { environment: {}, labels: {}, secrets: {}, stop };
  const plan = { id, scheduler: 'docker', image, ...lists, ...tables };
  write(
    recordFile,
    JSON.stringify({
      ...{ record: 'run', id, plan, startedAt: new Date().toISOString(), outcome: 'running' },
      ...{ log: `.slipway/runs/${id}/log.txt`, host: { name: hostname(), gpus: [], engine: null } },
    }),
  );
}

it('stops a run whose engine takes longer to answer than one would wait who only looks', async () => {
  record();
  const inspected = (Status: string) =>
    JSON.stringify([{ Id: 'x', State: { Status, ExitCode: 130 }, Config: { Labels: {} } }]);
  write(
    'bin/docker',
    `#!/bin/sh
case $1 in
  container)
    [ -e '${root}/waited' ] || { : > '${root}/waited'; /bin/sleep 5.5; }
    if [ -e '${root}/stopped' ]; then echo '${inspected('exited')}'; else echo '${inspected('running')}'; fi;;
  stop) : > '${root}/stopped';;
  events) echo '{"status":"die"}';;
esac
`,
    0o755,
  );
  await stopCommand(id, {});
  expect(JSON.parse(readFileSync(join(root, recordFile), 'utf8'))).toMatchObject({
    outcome: 'stopped',
    exitCode: 130,
  });
}, 30_000);
