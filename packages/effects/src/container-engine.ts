import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, isLocal, type MachineSettings, parseReference } from '@slipway/contract';
import { readCredentials } from './credentials.ts';
import { dockerCommand } from './docker-command.ts';
import { engineSocket } from './engine-socket.ts';
import { freeBytes } from './free-bytes.ts';
import { askHttp, type HttpAnswer } from './http.ts';
import { type Command, run, tryRun } from './process.ts';
import { watchDownloads } from './watch-downloads.ts';

export type EngineName = 'docker' | 'podman';

/** What a run has to know about the engine that starts it. */
export interface EngineFacts {
  name: EngineName;
  version: string;
  /** Names of OCI runtimes, `nvidia` among them where the container toolkit was configured. */
  runtimes: string[];
  /** Whether a CDI specification names NVIDIA GPUs. */
  cdi: boolean;
  /** Whether root in the container is somebody else outside. */
  rootless: boolean;
  memoryBytes: number;
  /** Free bytes where it keeps its images; null: that disk is not on this machine. */
  diskFreeBytes: number | null;
}

/** A container as the engine describes it. */
export interface ContainerState {
  id: string;
  /** `created` was never started; one that is paused, or on its way down, still runs. */
  status: 'created' | 'running' | 'exited';
  exitCode: number;
  killedByMemory: boolean;
  /** Process id of its first process on the engine's host; 0 when it does not run. */
  pid: number;
  /** Why it could not be started. */
  error: string;
  startedAt: string;
  finishedAt: string;
  labels: Record<string, string>;
}

/** An image in an engine's own store. */
export interface EngineImage {
  id: string;
  labels: Record<string, string>;
  /** Whom it runs as; null: root. */
  user: string | null;
  /** What its `ENTRYPOINT` puts before every command; empty: nothing. */
  entrypoint: string[];
}

/** An engine's answer to one question, as its interface or its program gives it. */
type Answer = Pick<HttpAnswer, 'status' | 'text'>;

/** How far a pull has come, in compressed bytes; 0 where the engine does not tell. */
export interface PullProgress {
  fetchedBytes: number;
}

/** The engine as the launcher needs it: facts and states are read here, containers are started by command lines. */
export interface ContainerEngine {
  name: EngineName;
  /** A command line of the engine's program, addressed to this engine. */
  command(args: readonly string[], options?: Omit<Command, 'file' | 'args'>): Command;
  /** Program and environment as a person would have to type them before its arguments. */
  typed: { program: string; environment: Record<string, string> };
  /** @throws Failure `engine-unreachable` or `command-missing`. */
  facts(): Promise<EngineFacts>;
  /** Its version alone, which costs a hundredth; null where that saves nothing. @throws as `facts`. */
  version(): Promise<string | null>;
  /** Undefined: there is no such container. @throws Failure `engine-unreachable`. */
  inspect(container: string): Promise<ContainerState | undefined>;
  /** Ids of all containers, ended ones too, that have a label. @throws Failure `engine-unreachable`. */
  list(label: string): Promise<string[]>;
  /** Removes a container, running or not; one that is not there is no error. */
  remove(container: string): Promise<void>;
  /** Whether an image is in the engine's own store. @throws Failure `engine-unreachable`. */
  has(reference: string): Promise<boolean>;
  /** An image in the engine's own store; undefined: it is not there. */
  image(reference: string): Promise<EngineImage | undefined>;
  /** @throws Failure `image-missing`, `disk-full` or `interrupted`. */
  pull(
    reference: string,
    options: { onProgress: (progress: PullProgress) => void; signal?: AbortSignal },
  ): Promise<void>;
}

/** Opens the engine of this machine by its name. Nothing is asked yet. */
export function openContainerEngine(name: EngineName, machine: MachineSettings): ContainerEngine {
  return name === 'docker' ? openDocker(machine) : openPodman();
}

/** Docker is asked over its socket where that is on this machine, and through its program otherwise. */
function openDocker(machine: MachineSettings): ContainerEngine {
  const command = dockerCommand(machine);
  const socket = engineSocket(machine);
  const where = machine.engine?.host ?? process.env.DOCKER_HOST ?? 'its default address';
  const answerOf = async (method: 'GET' | 'DELETE', path: string, socketPath: string): Promise<HttpAnswer> =>
    await askHttp({ socketPath, path }, { method, silenceMs: 60_000 }).catch((error: Error) => {
      throw unreachable(where, error.message, error);
    });
  /** One question both ways; the answers are the same JSON. */
  const ask = async (method: 'GET' | 'DELETE', path: string, args: string[]): Promise<Answer> =>
    socket === undefined
      ? byProgram(command(args, { timeoutMs: 60_000 }), where)
      : answerOf(method, path, socket);
  const json = <T>({ status, text }: Answer): T | undefined => {
    if (status === 404) return undefined;
    if (status >= 400) throw unreachable(where, text.trim());
    const value = JSON.parse(text) as T | T[];
    return Array.isArray(value) ? value[0] : value;
  };
  const { docker = 'docker', host, config } = machine.engine ?? {};
  return {
    name: 'docker',
    command,
    typed: {
      program: docker,
      environment: { ...(host && { DOCKER_HOST: host }), ...(config && { DOCKER_CONFIG: config }) },
    },
    async facts() {
      const info = json<DockerInfo>(await ask('GET', '/info', ['info', '--format', '{{json .}}']));
      if (!info?.ServerVersion) throw unreachable(where, info?.ServerErrors?.[0] ?? '');
      const discovered = (info.DiscoveredDevices ?? []).some(({ ID }) => ID?.startsWith('nvidia.com/gpu'));
      return {
        name: 'docker',
        version: info.ServerVersion,
        runtimes: Object.keys(info.Runtimes ?? {}),
        cdi: discovered || namesGpus(info.CDISpecDirs ?? cdiFolders),
        rootless: (info.SecurityOptions ?? []).some((option) => option.includes('rootless')),
        memoryBytes: info.MemTotal ?? 0,
        diskFreeBytes: freeBytes(info.DockerRootDir) ?? null,
      };
    },
    async version() {
      if (socket === undefined) return null;
      // /version starts a program or two; the shortest answer names the version too: `Docker/28.5.2 (linux)`.
      const { headers } = await answerOf('GET', '/_ping', socket);
      return /^Docker\/(\S+)/.exec(String(headers.server))?.[1] ?? null;
    },
    inspect: async (container) =>
      stateOf(json(await ask('GET', `/containers/${container}/json`, ['container', 'inspect', container]))),
    async list(label) {
      if (socket === undefined) return listed(command, label, where);
      const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
      const { status, text } = await ask('GET', `/containers/json?all=1&filters=${filters}`, []);
      if (status >= 400) throw unreachable(where, text.trim());
      return (JSON.parse(text) as { Id: string }[]).map(({ Id }) => Id);
    },
    async remove(container) {
      await ask('DELETE', `/containers/${container}?force=1&v=1`, ['rm', '--force', '--volumes', container]);
    },
    async has(reference) {
      // Answered in less than half the time of the image itself, whose size containerd adds up layer by layer.
      const path = `/images/${encodeURIComponent(reference)}/history`;
      return json(await ask('GET', path, ['image', 'inspect', reference])) !== undefined;
    },
    async image(reference) {
      const path = `/images/${encodeURIComponent(reference)}/json`;
      return imageOf(json(await ask('GET', path, ['image', 'inspect', reference])));
    },
    async pull(reference, { onProgress, signal }) {
      if (socket === undefined) {
        await run(command(['pull', '--quiet', reference], { signal }), missing);
        return;
      }
      await pullOverSocket(socket, reference, { onProgress, signal, config: machine.engine?.config });
    },
  };
}

function openPodman(): ContainerEngine {
  const command: ContainerEngine['command'] = (args, options = {}) => ({ ...options, file: 'podman', args });
  const where = 'podman on this machine';
  const json = <T>({ status, text }: Answer): T | undefined => {
    if (status === 404) return undefined;
    const value = JSON.parse(text) as T | T[];
    return Array.isArray(value) ? value[0] : value;
  };
  const ask = (args: string[]) => byProgram(command(args, { timeoutMs: 60_000 }), where);
  return {
    name: 'podman',
    command,
    typed: { program: 'podman', environment: {} },
    async facts() {
      const info = json<PodmanInfo>(await ask(['info', '--format', 'json']));
      return {
        name: 'podman',
        version: info?.version?.Version ?? '',
        runtimes: [info?.host?.ociRuntime?.name ?? ''],
        cdi: namesGpus(cdiFolders),
        rootless: info?.host?.security?.rootless ?? false,
        memoryBytes: info?.host?.memTotal ?? 0,
        diskFreeBytes: freeBytes(info?.store?.graphRoot) ?? null,
      };
    },
    version: async () => null,
    inspect: async (container) => stateOf(json(await ask(['container', 'inspect', container]))),
    list: (label) => listed(command, label, where),
    async remove(container) {
      await tryRun(command(['rm', '--force', '--ignore', '--volumes', '--time=0', container]));
    },
    has: async (reference) => json(await ask(['image', 'inspect', reference])) !== undefined,
    image: async (reference) => imageOf(json(await ask(['image', 'inspect', reference]))),
    async pull(reference, { onProgress, signal }) {
      // As docker does by itself: a registry on this machine speaks plain HTTP.
      const plain = isLocal(parseReference(reference).registry) ? ['--tls-verify=false'] : [];
      const store = json<PodmanInfo>(await ask(['info', '--format', 'json']))?.store?.graphRoot;
      const watch = watchDownloads(store, onProgress);
      try {
        const options = { signal, env: watch.env };
        await run(command(['pull', '--quiet', ...plain, reference], options), missing);
      } finally {
        watch.end();
      }
    },
  };
}

const missing = {
  code: 'image-missing',
  remedy: 'check that the image was published and that the registry can be reached',
} as const;

/** Where specifications of the Container Device Interface lie: https://github.com/cncf-tags/container-device-interface */
const cdiFolders = ['/etc/cdi', '/var/run/cdi'];

interface DockerInfo {
  ServerVersion?: string;
  ServerErrors?: string[];
  Runtimes?: Record<string, unknown>;
  CDISpecDirs?: string[];
  DiscoveredDevices?: { ID?: string }[];
  SecurityOptions?: string[];
  MemTotal?: number;
  DockerRootDir?: string;
}

interface PodmanInfo {
  host?: { memTotal?: number; security?: { rootless?: boolean }; ociRuntime?: { name?: string } };
  store?: { graphRoot?: string };
  version?: { Version?: string };
}

/** What `inspect` of either engine says of a container. */
interface Inspected {
  Id: string;
  State: {
    Status: string;
    ExitCode: number;
    OOMKilled: boolean;
    Pid: number;
    Error?: string;
    StartedAt: string;
    FinishedAt: string;
  };
  Config: { Labels?: Record<string, string> | null };
}

function stateOf(inspected: Inspected | undefined): ContainerState | undefined {
  if (inspected === undefined) return undefined;
  const { State } = inspected;
  const created = ['created', 'configured', 'initialized'].includes(State.Status);
  const ended = ['exited', 'stopped', 'dead'].includes(State.Status);
  return {
    id: inspected.Id,
    status: ended ? 'exited' : created ? 'created' : 'running',
    exitCode: State.ExitCode,
    killedByMemory: State.OOMKilled,
    pid: State.Pid,
    error: State.Error ?? '',
    startedAt: State.StartedAt,
    finishedAt: State.FinishedAt,
    labels: inspected.Config.Labels ?? {},
  };
}

function imageOf(
  image:
    | {
        Id: string;
        Config?: {
          Labels?: Record<string, string> | null;
          User?: string;
          Entrypoint?: string | string[] | null;
        } | null;
      }
    | undefined,
): EngineImage | undefined {
  if (image === undefined) return undefined;
  const id = image.Id.startsWith('sha256:') ? image.Id : `sha256:${image.Id}`;
  // Podman 4 gives an entry point as one text.
  return {
    id,
    labels: image.Config?.Labels ?? {},
    user: image.Config?.User || null,
    entrypoint: [image.Config?.Entrypoint ?? []].flat(),
  };
}

/** Asks through the engine's program; what does not exist is a 404, as over the socket. */
async function byProgram(command: Command, where: string): Promise<Answer> {
  const { exitCode, stdout, stderr } = await tryRun(command);
  if (exitCode === 0) return { status: 200, text: stdout };
  if (/no such (container|image|object)|not known|does not exist|unable to inspect/i.test(stderr)) {
    return { status: 404, text: '' };
  }
  throw unreachable(where, stderr.trim());
}

async function listed(command: ContainerEngine['command'], label: string, where: string): Promise<string[]> {
  const args = ['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}`];
  const { text } = await byProgram(command(args, { timeoutMs: 60_000 }), where);
  return text.split('\n').filter(Boolean);
}

async function pullOverSocket(
  socket: string,
  reference: string,
  {
    onProgress,
    signal,
    config,
  }: { onProgress: (progress: PullProgress) => void; signal?: AbortSignal; config?: string },
): Promise<void> {
  const { registry } = parseReference(reference);
  const credentials = await readCredentials(registry, config);
  const login = { ...credentials, serveraddress: registry };
  const headers: Record<string, string> = credentials
    ? { 'X-Registry-Auth': Buffer.from(JSON.stringify(login)).toString('base64url') }
    : {};
  const fetched = new Map<string, number>();
  let error: string | undefined;
  const onLine = (line: string) => {
    const event = readEvent(line);
    error ??= event.error;
    const { current, total } = event.progressDetail ?? {};
    if (event.id === undefined) return;
    if (event.status === 'Downloading' && current !== undefined) fetched.set(event.id, current);
    // A layer that is there counts as fetched only when it was: the engine then tells its size no more.
    if (event.status === 'Download complete' && total !== undefined) fetched.set(event.id, total);
    onProgress({ fetchedBytes: [...fetched.values()].reduce((sum, bytes) => sum + bytes, 0) });
  };
  const path = `/images/create?fromImage=${encodeURIComponent(reference)}`;
  const question = { method: 'POST', headers, onLine, signal } as const;
  const answer = await askHttp({ socketPath: socket, path }, question).catch((cause: Error) => {
    if (signal?.aborted) throw interrupted(reference);
    throw unreachable(socket, cause.message, cause);
  });
  if (answer.status < 400) {
    if (answer.text) onLine(answer.text);
    if (error === undefined) return;
  }
  const said = error ?? readEvent(answer.text).message ?? answer.text.trim();
  throw new Failure({
    code: /no space left/i.test(said) ? 'disk-full' : missing.code,
    message: `${reference} cannot be pulled: ${said}`,
    remedy: missing.remedy,
  });
}

function readEvent(line: string): {
  id?: string;
  status?: string;
  error?: string;
  message?: string;
  progressDetail?: { current?: number; total?: number };
} {
  try {
    return JSON.parse(line) as Record<string, never>;
  } catch {
    return {};
  }
}

function interrupted(reference: string): Failure {
  return new Failure({
    code: 'interrupted',
    message: `pulling ${reference} was interrupted`,
    remedy: 'start the same command again; what was fetched is kept',
  });
}

/** Whether a specification in one of the folders is about NVIDIA's GPUs. */
function namesGpus(folders: readonly string[]): boolean {
  return folders.some(
    (folder) =>
      existsSync(folder) &&
      readdirSync(folder).some(
        (name) => /\.(?:json|ya?ml)$/.test(name) && readText(join(folder, name)).includes('nvidia.com/gpu'),
      ),
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function unreachable(where: string, said: string, cause?: unknown): Failure {
  return new Failure(
    {
      code: 'engine-unreachable',
      message: `no container engine answers at ${where}${said ? ` (${said.split('\n')[0]})` : ''}`,
      remedy:
        'start Docker Engine, or Podman with --scheduler podman, and see that it answers you: docker version',
    },
    { cause },
  );
}
