import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '@slipway/contract';
import { tryRun } from '@slipway/effects';
import { readText, writeJson } from '../files.ts';
import { runFolder, shortId } from '../places.ts';
import { alive, startDaemon } from '../process/daemon.ts';
import { cgroupName, requireCgroups } from './cgroups.ts';
import { daemonJson } from './daemon-json.ts';
import { makeNetwork, type Network } from './network.ts';
import { engineMark, stopEngine } from './stop-engine.ts';

export interface EngineOptions {
  /** Folder with dockerd, containerd, runc ...; see programs/bin.ts. */
  bin: string;
  /** DOCKER_CONFIG with buildx as a plugin. */
  dockerConfig: string;
  /** Data goes to `<folder>/engine`, the log to `<folder>/logs/dockerd.log`. */
  folder: string;
  subnet?: string;
  signal?: AbortSignal;
}

export interface Engine {
  docker: string;
  host: string;
  config: string;
  pid: number;
  log: string;
  network: Network;
  stop(): Promise<void>;
}

/** Starts a private engine and waits until it answers. Leftovers of a dead one in the same folder are cleared first. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { bin, dockerConfig, folder, signal } = options;
  requireCgroups();
  await stopEngine({ bin, folder });
  const id = shortId(folder);
  const run = runFolder(folder);
  const log = join(folder, 'logs', 'dockerd.log');
  mkdirSync(run, { recursive: true, mode: 0o700 });
  mkdirSync(join(folder, 'engine'), { recursive: true });
  const stop = () => stopEngine({ bin, folder });
  try {
    const network = await makeNetwork(bin, id, options.subnet);
    const dockerd = join(bin, 'dockerd');
    const { stdout } = await tryRun({ file: dockerd, args: ['--version'] });
    const file = join(folder, 'daemon.json');
    writeJson(
      file,
      daemonJson({
        version: /(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? '',
        dataRoot: join(folder, 'engine'),
        runFolder: run,
        cgroup: cgroupName(id),
        ...network,
      }),
    );
    rmSync(log, { force: true });
    const mark = engineMark(folder);
    const env = { PATH: `${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` };
    const pid = await startDaemon({ file: dockerd, args: ['--config-file', file], env, log, mark });
    const engine = { docker: join(bin, 'docker'), host: `unix://${run}/docker.sock`, config: dockerConfig };
    await ready(engine, { mark, pid, log, signal });
    return { ...engine, pid, log, network, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Version of the engine that answers at a host, or undefined. */
export async function engineVersion(engine: {
  docker: string;
  host: string;
  config: string;
}): Promise<string | undefined> {
  const asked = await tryRun({
    file: engine.docker,
    args: ['--host', engine.host, 'version', '--format', '{{.Server.Version}}'],
    env: { DOCKER_CONFIG: engine.config, DOCKER_HOST: undefined, DOCKER_CONTEXT: undefined },
    timeoutMs: 10_000,
  }).catch(() => undefined);
  return asked?.exitCode === 0 ? asked.stdout.trim() : undefined;
}

async function ready(
  engine: { docker: string; host: string; config: string },
  daemon: { mark: string; pid: number; log: string; signal: AbortSignal | undefined },
): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    daemon.signal?.throwIfAborted();
    if ((await engineVersion(engine)) !== undefined) return;
    if (!alive(daemon.mark, daemon.pid)) throw failed('dockerd ended by itself', daemon.log);
    await sleep(100);
  }
  throw failed('dockerd did not answer within 60 s', daemon.log);
}

function failed(what: string, log: string): Failure {
  const last = readText(log).trim().split('\n').slice(-8).join('\n  | ');
  return new Failure({
    code: /no space left on device/i.test(last) ? 'disk-full' : 'sandbox-failed',
    message: `${what}; its last lines:\n  | ${last}`,
    remedy: `read its log ${log}; what it lacks (a kernel feature, a right) has to be given to this machine`,
  });
}
