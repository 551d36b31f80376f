import { Failure, type MachineSettings, minimumDocker } from '@slipway/contract';
import semver from 'semver';
import { type DockerCommand, dockerCommand } from './docker-command.ts';
import { freeBytes } from './free-bytes.ts';
import { tryRun } from './process.ts';

/** A docker engine that answered, and the facts about it that plans and arguments depend on. */
export interface Engine {
  version: string;
  buildx: string;
  platform: string;
  cpus: number;
  memoryBytes: number;
  /** Folder on the engine's host that holds its data. */
  dataRoot: string;
  /** Free bytes there; undefined when the engine is on another machine. */
  diskFreeBytes?: number | undefined;
  /** Whether images lie in containerd's store, which the default builder needs to push without unpacking. */
  containerdStore: boolean;
  /** A command line of the docker program, addressed to this engine. */
  docker: DockerCommand;
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
    diskFreeBytes: freeBytes(facts.DockerRootDir),
    containerdStore: (facts.DriverStatus ?? []).some(([, value]) => value === 'io.containerd.snapshotter.v1'),
    docker,
  };
}

/** Whether the engine still answers; asked after a failure, to tell a failed build from a lost engine. */
export async function engineAnswers(engine: Engine): Promise<boolean> {
  return (await tryRun(engine.docker(['version'], { timeoutMs: 10_000 }))).exitCode === 0;
}

/** Free bytes where the engine keeps its data; undefined when that is not on this machine. */
export const diskFreeBytes = (engine: Pick<Engine, 'dataRoot'>): number | undefined =>
  freeBytes(engine.dataRoot);

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
