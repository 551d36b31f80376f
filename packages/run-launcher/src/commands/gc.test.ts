import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { claimRecord } from '../execute/claim-run.ts';
import { type RunRecord, runFolder } from '../record/run-record.ts';
import { gcCommand } from './gc.ts';

let root: string;
let said: string[];
/** What the engine's program is to do, in shell; its arguments go into a file first. */
let docker: (script: string) => void;
const { PATH } = process.env;
const id = `collected-${process.pid}`;
const container = `slipway-${id}`;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-gc-'));
  said = [];
  const file = join(root, 'bin/docker');
  docker = (script) =>
    writeFileSync(file, `#!/bin/sh\necho "$*" >> '${root}/asked'\n${script}\n`, { mode: 0o755 });
  mkdirSync(join(root, 'bin'));
  write('slipway.toml', '');
  // Its program is asked, not a socket; podman is not installed.
  write('.slipway/machine.json', JSON.stringify({ engine: { docker: file, host: 'tcp://nowhere:1' } }));
  process.env.PATH = join(root, 'bin');
  vi.spyOn(process, 'cwd').mockReturnValue(root);
  vi.spyOn(console, 'log').mockImplementation((line) => said.push(line));
});
afterEach(() => {
  process.env.PATH = PATH;
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

it('refuses to remove what runs wrote without being told of which', async () => {
  await expect(gcCommand({ outputs: true })).rejects.toThrow(
    'error[usage] --outputs does not say of which runs\n  fix: give their age too: --older-than 30d',
  );
});

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

function record(changes: Partial<RunRecord>): string {
  const image = { reference: 'r:v1', digest: `sha256:${'a'.repeat(64)}` };
  const lists = { command: [], mounts: [], updates: [] };
  const plan = {
    id,
    scheduler: 'docker',
    image,
    ...lists,
    environment: {},
    labels: {},
    stop: {},
    secrets: {},
  };
  return JSON.stringify({
    ...{ record: 'run', id, plan, startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:00:01Z' },
    ...{ log: 'log.txt', host: { name: hostname(), gpus: [], engine: null }, follower: null },
    ...changes,
  });
}

/** An engine with the run's container, as its program tells it. */
const withContainer = (status: string, more = ''): string => {
  const Labels = { 'io.slipway.run': id, 'io.slipway.run.folder': runFolder(root, id) };
  const inspected = { Id: container, State: { Status: status, ExitCode: 0 }, Config: { Labels } };
  return `case $1 in
    ps) case $* in *io.slipway.run*) echo ${container};; esac;;
    container) ${more}
      echo '${JSON.stringify([inspected])}';;
  esac`;
};
const asked = (): string => readFileSync(join(root, 'asked'), 'utf8');
const silent = 'echo "Cannot connect to the Docker daemon" >&2; exit 1';
const recordFile = `.slipway/runs/${id}/record.json`;
const isThere = (): boolean => existsSync(runFolder(root, id));

describe.each([true, false])('dry: %s', (dryRun) => {
  it('keeps a run of which nobody knows whether it goes on', async () => {
    write(recordFile, record({ outcome: 'lost', exitCode: null }));
    docker(silent);
    await gcCommand({ olderThan: '0s', outputs: true, dryRun });
    expect(said).toEqual([`kept ${id}: the engine does not answer`, 'there is nothing to remove']);
    docker(withContainer('running'));
    await gcCommand({ olderThan: '0s', outputs: true, dryRun });
    expect(said.slice(2)).toEqual(['there is nothing to remove']);
    expect(asked()).not.toContain('rm ');
    expect(isThere()).toBe(true);
  });
});

it('removes a run that is lost for good', async () => {
  write(recordFile, record({ outcome: 'lost', exitCode: null }));
  docker('echo "No such container" >&2; [ "$1" = ps ]');
  await gcCommand({ olderThan: '0s' });
  expect(said).toEqual([`removed the record and log of ${id}`]);
  expect(isThere()).toBe(false);
});

it('keeps a container that runs, whatever its record says', async () => {
  write(recordFile, record({ outcome: 'finished', exitCode: 0 }));
  docker(withContainer('running'));
  await gcCommand({});
  expect(said).toEqual(['there is nothing to remove']);
});

it('keeps an output while an engine does not answer, of which it may be in use', async () => {
  write(recordFile, record({ outcome: 'finished', exitCode: 0 }));
  write(`.slipway/runs/${id}/output/model`, '');
  docker(silent);
  await gcCommand({ olderThan: '0s', outputs: true });
  expect(said[0]).toBe(`kept ${id}: docker does not answer, so who uses its output is not known`);
  expect(isThere()).toBe(true);
});

describe('of a run whose record is damaged', () => {
  const old = '20200101-000000-ffff';
  const damaged = (status: string) => {
    write(`.slipway/runs/${old}/record.json`, '');
    write(`.slipway/runs/${old}/log.txt`, 'step\n');
    docker(withContainer(status).replaceAll(id, old));
  };
  const removed = [
    `removed the container slipway-${old}, whose record is damaged`,
    `removed the damaged record and the log of ${old}`,
  ];

  it('nothing is removed unasked, and old ones are as a whole', async () => {
    damaged('exited');
    await gcCommand({});
    expect(said).toEqual([`kept ${old}: its record is damaged`, 'there is nothing to remove']);
    expect(asked()).not.toContain('rm ');
    await gcCommand({ olderThan: '1h' });
    expect(said.slice(2)).toEqual(removed);
    expect(asked()).toContain(`rm --force --volumes slipway-${old}`);
    expect(existsSync(runFolder(root, old))).toBe(false);
  });

  it.each([
    ['its container runs', () => damaged('running')],
    [
      'docker does not answer, so whether it goes on is not known',
      () => {
        damaged('exited');
        docker(silent);
      },
    ],
    [
      'its folder holds what it wrote; --outputs removes that too',
      () => {
        damaged('exited');
        write(`.slipway/runs/${old}/output/model`, '');
      },
    ],
  ])('it is kept: %s', async (why, prepare) => {
    prepare();
    await gcCommand({ olderThan: '0s' });
    expect(said).toEqual([`kept ${old}: its record is damaged, and ${why}`, 'there is nothing to remove']);
    expect(existsSync(runFolder(root, old))).toBe(true);
  });

  it('it is kept where its id does not say when it was', async () => {
    write(recordFile, '');
    docker(withContainer('exited'));
    await gcCommand({ olderThan: '0s' });
    expect(said).toEqual([`kept ${id}: its record is damaged`, 'there is nothing to remove']);
  });
});

it.each([`${id}.bak`, '20200101-000000-ffff'])(
  'keeps the copy %s of a run, whatever its name and age',
  async (name) => {
    write(`.slipway/runs/${name}/record.json`, record({ outcome: 'finished', exitCode: 0 }));
    docker('');
    await gcCommand({ olderThan: '0s', outputs: true });
    expect(said).toEqual([`kept ${name}: it is a copy of ${id}`, 'there is nothing to remove']);
    expect(existsSync(runFolder(root, name))).toBe(true);
  },
);

it('takes a part of a file, which somebody wrote who was killed, for no record', async () => {
  write(`${recordFile}.4711.part`, record({ outcome: 'finished', exitCode: 0 }));
  write(`.slipway/runs/${id}/plan.json`, '{}');
  docker('');
  await gcCommand({});
  expect(said).toEqual([`removed the folder of ${id}, which was planned and never started`]);
  expect(isThere()).toBe(false);
});

it('takes no container for one whose record is gone that gets it meanwhile, or whose run is claimed', async () => {
  write('late.json', record({ outcome: 'running', endedAt: null }));
  const folder = runFolder(root, id);
  docker(
    withContainer('exited', `/bin/mkdir -p '${folder}'; /bin/cp '${root}/late.json' '${folder}/record.json'`),
  );
  await gcCommand({});
  expect(asked()).not.toContain('rm ');
  rmSync(folder, { recursive: true });
  docker(withContainer('exited'));
  const release = await claimRecord({ id }, { patienceMs: 0 });
  await gcCommand({});
  expect(asked()).not.toContain('rm ');
  release?.();
  await gcCommand({});
  expect(asked()).toContain(`rm --force --volumes ${container}`);
});
