import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildkitConfig,
  Failure,
  formatSize,
  type MachineSettings,
  minimumDocker,
  parseSize,
} from '@slipway/contract';
import semver from 'semver';
import { type Command, run, tryRun } from './process.ts';

/** A docker engine that answered, and the facts about it that plans and arguments depend on. */
export interface Engine {
  version: string;
  buildx: string;
  platform: string;
  cpus: number;
  memoryBytes: number;
  /** Folder on the engine's host that holds its data. */
  dataRoot: string;
  /** Free bytes there; absent when the engine is on another machine. */
  diskFreeBytes?: number;
  /** Whether images lie in containerd's store, which the default builder needs to push without unpacking. */
  containerdStore: boolean;
  /** A command line of the docker program, addressed to this engine. */
  docker(args: readonly string[], options?: Omit<Command, 'file' | 'args'>): Command;
}

/** The oldest engine that can export without unpacking, and the oldest buildx with machine-readable progress. */
export const needed = { engine: minimumDocker, buildx: '0.13' } as const;

/**
 * Asks the engine of this machine for the facts about it.
 * @throws Failure `engine-unreachable`, `engine-too-old` or `command-missing`.
 */
export async function probeEngine(machine: MachineSettings): Promise<Engine> {
  const docker = dockerCommand(machine);
  const [info, buildx] = await Promise.all([
    tryRun(docker(['info', '--format', '{{json .}}'], { timeoutMs: 20_000 })),
    tryRun(docker(['buildx', 'version'], { timeoutMs: 20_000 })),
  ]);
  const facts = (info.exitCode === 0 ? JSON.parse(info.stdout) : {}) as {
    ServerVersion?: string;
    OSType?: string;
    Architecture?: string;
    NCPU?: number;
    MemTotal?: number;
    DockerRootDir?: string;
    DriverStatus?: [string, string][];
    ServerErrors?: string[];
  };
  if (!facts.ServerVersion) throw unreachable(machine, facts.ServerErrors?.[0] ?? info.stderr.trim());
  const buildxVersion = /v?(\d+\.\d+[^\s]*)/.exec(buildx.stdout)?.[1] ?? 'none';
  checkVersions(facts.ServerVersion, buildxVersion);
  return {
    version: facts.ServerVersion,
    buildx: buildxVersion,
    platform: `${facts.OSType}/${facts.Architecture?.replace('x86_64', 'amd64').replace('aarch64', 'arm64')}`,
    cpus: facts.NCPU ?? 1,
    memoryBytes: facts.MemTotal ?? 0,
    dataRoot: facts.DockerRootDir ?? '/var/lib/docker',
    ...freeBytes(facts.DockerRootDir),
    containerdStore: (facts.DriverStatus ?? []).some(([, value]) => value === 'io.containerd.snapshotter.v1'),
    docker,
  };
}

/** Builds command lines for the docker program that the machine's settings name. */
export function dockerCommand(machine: MachineSettings): Engine['docker'] {
  const { docker = 'docker', host, config } = machine.engine ?? {};
  const env = { ...(host && { DOCKER_HOST: host }), ...(config && { DOCKER_CONFIG: config }) };
  return (args, options = {}) => ({ ...options, file: docker, args, env: { ...env, ...options.env } });
}

/** Whether the engine still answers; asked after a failure, to tell a failed build from a lost engine. */
export async function engineAnswers(engine: Engine): Promise<boolean> {
  return (await tryRun(engine.docker(['version'], { timeoutMs: 10_000 }))).exitCode === 0;
}

/** A builder of buildx. */
export interface Builder {
  /** Arguments of `docker buildx build` that select it, and those of `docker` before them. */
  arguments: readonly string[];
  globals: readonly string[];
  /** Whether it works on the engine of this machine, so that the engine's disk, cores and memory are its own. */
  isEngine: boolean;
}

/** An engine with the builder that builds go to. */
export type BuildEngine = Engine & { builder: Builder };

/**
 * The builder to use: the one asked for by name; else the one that `docker buildx use` chose; else the
 * engine's own when its images lie in containerd's store, without which it cannot push without unpacking; else a BuildKit
 * container of ours on the host's network (so that it reaches a registry on 127.0.0.1).
 * @param reserveBytes what the cache of a builder of ours may take; others keep to their own settings.
 * @throws Failure `builder-missing` when there is none of the name that was asked for.
 */
export async function chooseBuilder(
  engine: Engine,
  asked: string | undefined,
  reserveBytes: number,
): Promise<Builder> {
  const chosen = await tryRun(
    engine.docker(['buildx', 'inspect', ...(asked ? [asked] : [])], { timeoutMs: 60_000 }),
  );
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(chosen.stdout)?.[1];
  if (asked) {
    // A context is a builder too, but buildx takes it only from within.
    const globals = field('Driver') === 'docker' && asked !== 'default' ? ['--context', asked] : [];
    const isEngine = asked === 'default' && engine.containerdStore;
    if (chosen.exitCode === 0) return { globals, arguments: ['--builder', asked], isEngine };
    throw new Failure({
      code: 'builder-missing',
      message: `there is no builder ${asked} (${chosen.stderr.trim().split('\n').at(-1)})`,
      remedy: 'see docker buildx ls; make one with docker buildx create or docker context create',
    });
  }
  const driver = field('Driver');
  if (chosen.exitCode === 0 && driver !== undefined && driver !== 'docker') {
    // A BuildKit container of this machine's engine keeps its data where the engine does.
    const isEngine =
      driver === 'docker-container' && /^(?:unix:|npipe:|default$)/.test(field('Endpoint') ?? '');
    return { globals: [], arguments: ['--builder', field('Name') ?? 'default'], isEngine };
  }
  if (engine.containerdStore)
    return { globals: [], arguments: ['--builder', field('Name') ?? 'default'], isEngine: true };
  return { globals: [], arguments: ['--builder', await ownBuilder(engine, reserveBytes)], isEngine: true };
}

/** Name of the BuildKit container of ours whose cache keeps to so many bytes; it is made when there is none. */
async function ownBuilder(engine: Engine, reserveBytes: number): Promise<string> {
  // The settings of one that runs cannot be changed: another limit is another builder.
  const name = `slipway-${formatSize(reserveBytes)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')}`;
  if ((await tryRun(engine.docker(['buildx', 'inspect', name]))).exitCode === 0) return name;
  const folder = mkdtempSync(join(tmpdir(), 'slipway-builder-'));
  try {
    const config = join(folder, 'buildkitd.toml');
    writeFileSync(config, buildkitConfig(reserveBytes));
    const driver = ['--driver=docker-container', '--driver-opt=network=host', `--buildkitd-config=${config}`];
    const created = await tryRun(engine.docker(['buildx', 'create', `--name=${name}`, ...driver]));
    // Somebody else may have made it meanwhile.
    if (created.exitCode !== 0) await run(engine.docker(['buildx', 'inspect', name]));
    return name;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Measures a builder that is not this machine's engine, from within a build: whatever it is, that is where compilers will
 * run.
 * @param image a reference to any small Linux image that it can fetch.
 */
export async function probeBuilder(
  engine: BuildEngine,
  image: string,
): Promise<Required<Pick<Engine, 'cpus' | 'memoryBytes' | 'diskFreeBytes'>>> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-probe-'));
  const dockerfile = [
    `FROM ${image} AS probe`,
    `RUN df --block-size=1 --output=avail / | tail -n 1 > /facts && nproc >> /facts && awk '/^MemTotal/ { printf "%.0f\\n", $2 * 1024 }' /proc/meminfo >> /facts`,
    'FROM scratch',
    'COPY --from=probe /facts /',
  ];
  try {
    const output = `--output=type=local,dest=${folder}`;
    const flags = ['--no-cache', '--provenance=false', '--file=-', output];
    await run(
      engine.docker(
        [...engine.builder.globals, 'buildx', 'build', ...engine.builder.arguments, ...flags, folder],
        {
          input: dockerfile.join('\n'),
          timeoutMs: 300_000,
        },
      ),
      { code: 'engine-unreachable', remedy: 'look at the builder: docker buildx inspect --bootstrap' },
    );
    const [diskFreeBytes = 0, cpus = 1, memoryBytes = 0] = readFileSync(join(folder, 'facts'), 'utf8')
      .split('\n')
      .map(Number);
    return { diskFreeBytes, cpus, memoryBytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Free bytes where the engine keeps its data; undefined when that is not on this machine. */
export const diskFreeBytes = (engine: Pick<Engine, 'dataRoot'>): number | undefined =>
  freeBytes(engine.dataRoot).diskFreeBytes;

/** Lets the builder forget so many bytes of its cache, what was used last the last. */
export async function reclaimDisk(engine: BuildEngine, bytes: number): Promise<void> {
  const builder = [...engine.builder.globals, 'buildx'];
  const du = await tryRun(engine.docker([...builder, 'du', '--format=json', ...engine.builder.arguments]));
  const sizes = [...du.stdout.matchAll(/"Size":\s*"([^"]+)"/g)].map(([, size]) => parseSize(size ?? '') ?? 0);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  // Of a cache whose size is not known, nothing is taken: it may hold hours of work.
  if (all === 0) return;
  const flags = ['--force', '--all', `--max-used-space=${Math.max(1, Math.round(all - bytes))}`];
  await tryRun(engine.docker([...builder, 'prune', ...engine.builder.arguments, ...flags]));
}

/** Of a folder of this machine; an engine elsewhere names one that is not here. */
function freeBytes(folder = ''): { diskFreeBytes?: number } {
  if (!existsSync(folder)) return {};
  const { bavail, bsize } = statfsSync(folder);
  return { diskFreeBytes: bavail * bsize };
}

function checkVersions(version: string, buildx: string): void {
  if (atLeast(version, needed.engine) && atLeast(buildx, needed.buildx)) return;
  throw new Failure({
    code: 'engine-too-old',
    message: `docker ${version} with buildx ${buildx} is too old: ${needed.engine} and ${needed.buildx} are needed`,
    remedy: 'update Docker Engine and its buildx plugin (https://docs.docker.com/engine/install/)',
  });
}

function atLeast(version: string, wanted: string): boolean {
  const found = semver.coerce(version);
  return found !== null && semver.gte(found, semver.coerce(wanted) ?? wanted);
}

function unreachable(machine: MachineSettings, said: string): Failure {
  const where = machine.engine?.host ?? process.env.DOCKER_HOST ?? 'its default address';
  return new Failure({
    code: 'engine-unreachable',
    message: `no container engine answers at ${where}${said ? ` (${said.split('\n')[0]})` : ''}`,
    remedy: 'start Docker Engine >= 24 with buildx, or bring up the private one: npx nx run sandbox:up',
  });
}
