import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Finished, tryRun } from '@slipway/effects';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOrigin } from './apt/origin.ts';
import { interfaces } from './engine/network.ts';
import { type Engine, startEngine } from './engine/start-engine.ts';
import { hold } from './hold.ts';
import { down, type Machine, places, startRegistry, status, up } from './index.ts';
import { runFolder, shortId } from './places.ts';
import { processesOf } from './process/ours.ts';
import { provide } from './programs/provide.ts';
import { enginePrograms } from './programs/wanted.ts';
import { makeWork, workMark } from './work.ts';

const possible = process.platform === 'linux' && process.getuid?.() === 0 && readOrigin() !== undefined;
const main = fileURLToPath(new URL('main.ts', import.meta.url));
const environment = { DOCKER_HOST: process.env.DOCKER_HOST, DOCKER_CONFIG: process.env.DOCKER_CONFIG };

describe.runIf(possible)('a private sandbox', { timeout: 180_000 }, () => {
  const root = mkdtempSync(join(tmpdir(), 'slipway-sandbox-'));
  const second = mkdtempSync(join(tmpdir(), 'slipway-second-'));
  const place = places(root);
  const id = shortId(place.folder);
  const lines: string[] = [];
  const onProgress = (line: string) => void lines.push(line);

  beforeAll(() => {
    // Also on a machine that has an engine: this one is about bringing one.
    process.env.DOCKER_HOST = 'unix:///run/slipway-no-such.sock';
    delete process.env.DOCKER_CONFIG;
  });

  afterAll(async () => {
    await down(root, { purge: true });
    for (const folder of [root, second]) rmSync(folder, { recursive: true, force: true });
    for (const [name, value] of Object.entries(environment)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }, 60_000);

  const cli = (args: string[], more: Partial<Parameters<typeof tryRun>[0]> = {}) =>
    tryRun({ file: process.execPath, args: [main, ...args, '--root', root], ...more });
  const machine = (): Machine => JSON.parse(readFileSync(place.machine, 'utf8'));
  const docker = (engine: { docker: string; host: string; config?: string }, ...args: string[]) =>
    tryRun({
      file: engine.docker,
      args: ['--host', engine.host, ...args],
      env: { DOCKER_CONFIG: engine.config },
    });
  const image = () => machine().substitutes['ubuntu:24.04'] ?? '';
  /** Does something to a running `up` as soon as it says it is fetching, and returns how it ended. */
  const upUntilFetching = async (act: (pid: number) => void): Promise<Finished> => {
    const pidFile = join(root, 'pid');
    let done = false;
    const script = `require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid))`;
    return await tryRun({
      file: process.execPath,
      args: ['--require', preload(script), main, 'up', '--root', root],
      onLine: (line) => {
        if (done || !/fetching engine packages \(forky\) [1-9]|root file system/.test(line)) return;
        done = true;
        act(Number(readFileSync(pidFile)));
      },
    });
  };
  const preload = (script: string) => {
    const file = join(root, 'preload.cjs');
    writeFileSync(file, script);
    return file;
  };
  const nothingLeft = async () => {
    for (const mark of [`engine:${place.folder}`, `registry:${place.folder}`, workMark(place)]) {
      expect(processesOf({ mark, cgroup: `slipway-${id}` })).toEqual([]);
    }
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(place.folder);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(runFolder(place.folder));
    expect(interfaces()).not.toContain(`slip-${id}`);
    expect(existsSync(runFolder(place.folder))).toBe(false);
    for (const kind of ['nft', 'legacy']) {
      const file = join(place.bin, `iptables-${kind}`);
      if (!existsSync(file)) continue;
      for (const table of ['nat', 'filter']) {
        expect((await tryRun({ file, args: ['-t', table, '-S'] })).stdout).not.toContain(id);
      }
    }
  };

  test('Ctrl-C while it fetches: one clear error, and nothing goes on behind it', async () => {
    const ended = await upUntilFetching((pid) => process.kill(pid, 'SIGINT'));
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toContain('error[interrupted]');
    await nothingLeft();
  });

  test('killed while it fetches: the next one ends what went on and finishes the work', {
    timeout: 600_000,
  }, async () => {
    const killed = await upUntilFetching((pid) => process.kill(pid, 'SIGKILL'));
    expect(killed.exitCode).toBe(137);
    expect(existsSync(place.machine)).toBe(false);
    const sandbox = await up(root, { onProgress });
    expect(processesOf({ mark: workMark(place) })).toEqual([]);
    expect(lines.some((line) => line.includes('root file system'))).toBe(true);
    expect(machine()).toEqual({
      engine: {
        docker: join(place.bin, 'docker'),
        host: `unix://${runFolder(place.folder)}/docker.sock`,
        config: place.dockerConfig,
        up: [process.execPath, main, 'up', '--root', place.root],
      },
      substitutes: {
        'ubuntu:24.04': expect.stringMatching(/^127\.0\.0\.1:\d+\/slipway\/substitute-debian:13@sha256:/),
      },
      repositories: { '*': sandbox.registry.url },
      registryLog: join(place.logs, 'registry.log'),
    });
    // The folder is where the programs come from, whatever the machine has.
    expect(existsSync(place.downloads) ? readdirSync(place.downloads) : []).toEqual([]);
  });

  test('up again: seconds, and the same processes, also when two come at once', async () => {
    const before = (await status(root)).pids;
    expect(await leastTime(10_000, () => Promise.all([up(root), up(root)]))).toBeLessThan(10_000);
    expect((await status(root)).pids).toEqual(before);
  });

  test('status', async () => {
    const { exitCode, stdout } = await cli(['status', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      engine: 'private',
      running: true,
      version: expect.stringMatching(/^\d+\./),
      buildx: expect.stringContaining('buildx'),
      registry: { url: machine().repositories['*'], running: true },
      suite: { dockerd: expect.any(String), runc: expect.any(String) },
      folder: place.folder,
    });
  });

  test('a build reaches the network, on the default network', async () => {
    const context = join(root, 'context');
    mkdirSync(context, { recursive: true });
    writeFileSync(
      join(context, 'Dockerfile'),
      `FROM ${image()}\nRUN apt-get -o Acquire::Retries=5 update -o APT::Update::Error-Mode=any\n`,
    );
    const built = await docker(
      machine().engine,
      'buildx',
      'build',
      '--progress',
      'plain',
      '--no-cache',
      context,
    );
    expect(built.stderr).toContain('Packages');
    expect(built.exitCode).toBe(0);
  });

  test('a second engine and a second registry beside the first, and their end does the first no harm', async () => {
    const engine: Engine = await startEngine({
      bin: place.bin,
      dockerConfig: place.dockerConfig,
      folder: second,
    });
    const registry = await startRegistry({ binary: join(place.bin, 'docker-registry'), folder: second });
    expect(engine.host).not.toBe(machine().engine.host);
    expect(registry.url).not.toBe(machine().repositories['*']);
    const reach = 'for each in 1 2 3; do (exec 3<>/dev/tcp/deb.debian.org/80) && exit; sleep 1; done; exit 1';
    const online = ['run', '--rm', image(), 'bash', '-c', reach];
    expect(await docker(engine, ...online)).toMatchObject({ exitCode: 0 });
    await engine.stop();
    await registry.stop();
    expect(interfaces()).not.toContain(engine.network.bridge);
    expect(await docker(machine().engine, ...online)).toMatchObject({ exitCode: 0 });
  });

  test('the engine killed with a container running: up clears what was left and starts again', async () => {
    const started = await docker(machine().engine, 'run', '-d', image(), 'sleep', '1000');
    expect(started.exitCode).toBe(0);
    const pid = Number(readFileSync(join(runFolder(place.folder), 'docker.pid'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    await up(root);
    const { running, pids } = await status(root);
    expect(running).toBe(true);
    expect(pids).not.toContain(pid);
    // The shim and the container of before are gone: dockerd, containerd and the registry are all there is.
    expect(pids).toHaveLength(3);
  });

  test("a stale pid file with somebody else's process does that process no harm", async () => {
    const pid = Number(readFileSync(join(runFolder(place.folder), 'docker.pid'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    writeFileSync(join(runFolder(place.folder), 'docker.pid'), String(process.ppid));
    await up(root);
    expect(() => process.kill(process.ppid, 0)).not.toThrow();
    expect((await status(root)).running).toBe(true);
  });

  test('its port taken: the registry moves, its data stays', async () => {
    const before = machine().repositories['*'] ?? '';
    const [, digest] = image().split('@');
    const [registry] = processesOf({ mark: `registry:${place.folder}` });
    // 0 would be the tests themselves.
    if (registry === undefined) throw new Error('no registry is running');
    process.kill(registry, 'SIGKILL');
    await expect.poll(() => processesOf({ mark: `registry:${place.folder}` })).toEqual([]);
    const thief = await takePort(Number(before.split(':')[1]));
    try {
      await up(root, { onProgress });
    } finally {
      thief.close();
    }
    const after = machine().repositories['*'] ?? '';
    expect(after).not.toBe(before);
    expect(image()).toBe(`${after}/slipway/substitute-debian:13@${digest}`);
    expect(lines.some((line) => line.includes('moved'))).toBe(true);
    const manifest = await fetch(`http://${after}/v2/slipway/substitute-debian/manifests/${digest}`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    expect(manifest.status).toBe(200);
  });

  test('a step that is not finished is done again, and only that', async () => {
    const kept = readFileSync(join(place.done, 'engine.json'), 'utf8');
    rmSync(join(place.done, 'rootfs-tools.json'));
    rmSync(join(place.folder, 'registry', 'docker'), { recursive: true });
    await up(root);
    expect(existsSync(join(place.done, 'rootfs-tools.json'))).toBe(true);
    expect(readFileSync(join(place.done, 'engine.json'), 'utf8')).toBe(kept);
    expect(await docker(machine().engine, 'pull', image())).toMatchObject({ exitCode: 0 });
  });

  test('a suite that is gone: the next older one is taken', async () => {
    const origin = readOrigin();
    if (origin === undefined) throw new Error('looked at above');
    const busybox = enginePrograms
      .filter(({ name }) => name === 'busybox')
      .map((one) => ({ ...one, from: 'newest' as const }));
    const work = makeWork(place, { onProgress });
    const [program] = await provide('probe', busybox, origin, work, ['no-such-suite', 'trixie']);
    expect(program?.suite).toBe('trixie');
    expect(lines.some((line) => line.includes('busybox: no-such-suite'))).toBe(true);
  });

  test('a dockerd that dies says why, and leaves nothing', async () => {
    const bin = join(second, 'bin');
    mkdirSync(bin);
    for (const name of readdirSync(place.bin)) symlinkSync(join(place.bin, name), join(bin, name));
    rmSync(join(bin, 'dockerd'));
    writeFileSync(join(bin, 'dockerd'), '#!/bin/sh\necho the kernel lacks overlay\nexit 1\n', {
      mode: 0o755,
    });
    const failing = startEngine({ bin, dockerConfig: place.dockerConfig, folder: second });
    await expect(failing).rejects.toThrow(
      /error\[sandbox-failed\][\s\S]*kernel lacks overlay[\s\S]*dockerd\.log/,
    );
    expect(interfaces()).not.toContain(`slip-${shortId(second)}`);
  });

  test('a full disk is said before anything is fetched', async () => {
    const full = mkdtempSync(join(tmpdir(), 'slipway-full-'));
    await tryRun({ file: 'mount', args: ['-t', 'tmpfs', '-o', 'size=50m', 'slipway-test', full] });
    try {
      await expect(up(full)).rejects.toThrow(
        /error\[disk-full\] the sandbox needs 3\.0 GB in .* 0\.1 GB are free/,
      );
    } finally {
      await tryRun({ file: 'umount', args: [full] });
      rmSync(full, { recursive: true });
    }
  });

  test('no root and no engine: what to install', async () => {
    const ended = await tryRun({
      file: 'setpriv',
      args: [
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        // A checkout may lie in a folder that only root reads.
        '--inh-caps=+dac_read_search',
        '--ambient-caps=+dac_read_search',
        process.execPath,
        main,
        'up',
        '--root',
        '/tmp',
      ],
    });
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toMatch(
      /error\[sandbox-impossible\].*not root[\s\S]*fix: install Docker Engine >= 24/,
    );
  });

  test.each([[['sideways']], [['up', '--purge']], [[]], [['up', '--wat']]])(
    'wrong usage: %s',
    async (args) => {
      const ended = await cli(args);
      expect(ended.exitCode).toBe(2);
      expect(ended.stderr).toContain('error[usage]');
    },
  );

  test('a hold leaves running what a person brought up', async () => {
    const held = await hold(root);
    await held.release();
    expect((await status(root)).running).toBe(true);
  });

  test('down leaves no process, mount, bridge or rule, with a container running too; twice is fine', async () => {
    await docker(machine().engine, 'run', '-d', image(), 'sleep', '1000');
    const ended = await cli(['down']);
    expect(ended).toMatchObject({ exitCode: 0 });
    await nothingLeft();
    expect(await cli(['down'])).toMatchObject({ exitCode: 0 });
    expect(await status(root)).toMatchObject({ running: false, registry: { running: false }, pids: [] });
  });

  test('a hold brings it up in seconds, and the last one takes it down', async () => {
    const held: Awaited<ReturnType<typeof hold>>[] = [];
    const bringUp = async () => void held.push(await hold(root));
    const takeDown = async () => await held.pop()?.release();
    expect(await leastTime(10_000, bringUp, takeDown)).toBeLessThan(10_000);
    const other = await hold(root);
    await takeDown();
    expect((await status(root)).running).toBe(true);
    // A holder that died without a word does not keep it up.
    writeFileSync(join(place.users, 'dead.json'), JSON.stringify({ pid: 1, started: '0' }));
    await other.release();
    await nothingLeft();
  });

  test('down after the engine was killed; then --purge deletes the folder', async () => {
    await up(root);
    await docker(machine().engine, 'run', '-d', image(), 'sleep', '1000');
    process.kill(Number(readFileSync(join(runFolder(place.folder), 'docker.pid'), 'utf8')), 'SIGKILL');
    expect(await cli(['down', '--purge'])).toMatchObject({ exitCode: 0 });
    await nothingLeft();
    expect(existsSync(place.folder)).toBe(false);
    expect(existsSync(place.machine)).toBe(false);
  });
});

/**
 * The least time in milliseconds that something takes, of three tries at most: one is enough that is below the bound, and
 * others may have the machine for a while.
 * @param before what makes a try possible, which is not measured.
 */
async function leastTime(
  boundMs: number,
  work: () => Promise<unknown>,
  before: () => Promise<unknown> = async () => {},
): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 3 && least >= boundMs; tries += 1) {
    await before();
    const began = Date.now();
    await work();
    least = Math.min(least, Date.now() - began);
  }
  return least;
}

/** Listens on a port as soon as it is free: a killed process may be gone from the list before its last thread is. */
async function takePort(port: number): Promise<Server> {
  for (let attempt = 0; ; attempt += 1) {
    const server = createServer();
    const error = await new Promise<Error | undefined>((resolve) => {
      server.once('error', resolve);
      server.listen(port, '127.0.0.1', () => resolve(undefined));
    });
    if (error === undefined) return server;
    if (attempt === 100) throw error;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
