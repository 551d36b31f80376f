import { Failure } from '@slipway/contract';
import type { ContainerState, EngineImage, EngineName, ListedContainer } from './container-engine.ts';
import type { HttpAnswer } from './http.ts';
import { NoAnswer } from './no-answer.ts';
import { type Command, tryRun } from './process.ts';

/** An engine's answer to one question, as its interface or its program gives it. */
export type Answer = Pick<HttpAnswer, 'status' | 'text'>;

/** Whose answer it is, for what is said of one that gives none. */
export interface Asked {
  engine: EngineName;
  /** Its address, or how else a person knows it. */
  where: string;
}

/** The value of an answer, of a list its first; undefined: there is none of it. @throws Failure `engine-unreachable`. */
export function firstOf<T>({ status, text }: Answer, asked: Asked): T | undefined {
  if (status === 404) return undefined;
  if (status >= 400) throw unreachable(asked, text.trim());
  const value = JSON.parse(text) as T | T[];
  return Array.isArray(value) ? value[0] : value;
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
  Mounts?: { Source?: string }[] | null;
}

export function stateOf(inspected: Inspected | undefined): ContainerState | undefined {
  if (inspected === undefined) return undefined;
  const { State } = inspected;
  return {
    id: inspected.Id,
    status: statusOf(State.Status),
    exitCode: State.ExitCode,
    killedByMemory: State.OOMKilled,
    pid: State.Pid,
    error: State.Error ?? '',
    startedAt: State.StartedAt,
    finishedAt: State.FinishedAt,
    labels: inspected.Config.Labels ?? {},
    mounts: (inspected.Mounts ?? []).flatMap(({ Source }) => Source ?? []),
  };
}

/** What the list of either engine says of a container. */
interface Listed {
  Id: string;
  State: string;
  Labels?: Record<string, string> | null;
}

/** The containers of an answer that lists them. @throws Failure `engine-unreachable`. */
export function listedOf({ status, text }: Answer, asked: Asked): ListedContainer[] {
  if (status >= 400) throw unreachable(asked, text.trim());
  return (JSON.parse(text) as Listed[]).map(({ Id, State, Labels }) => ({
    id: Id,
    status: statusOf(State),
    labels: Labels ?? {},
  }));
}

function statusOf(word: string): ListedContainer['status'] {
  if (['exited', 'stopped', 'dead'].includes(word)) return 'exited';
  return ['created', 'configured', 'initialized'].includes(word) ? 'created' : 'running';
}

export function imageOf(
  image:
    | {
        Id: string;
        Os: string;
        Architecture: string;
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
    platform: `${image.Os}/${image.Architecture}`,
    labels: image.Config?.Labels ?? {},
    user: image.Config?.User || null,
    entrypoint: [image.Config?.Entrypoint ?? []].flat(),
  };
}

/**
 * Asks through the engine's program; what does not exist is a 404, as over the socket. A Ctrl-C on the terminal is not for
 * the program: it would look as if the engine did not answer.
 */
export async function byProgram(command: Command, asked: Asked): Promise<Answer> {
  const called = tryRun({ ...command, detached: true });
  const { exitCode, stdout, stderr, timedOut } = await called.catch((error) => {
    throw ofEngine(error, asked.engine);
  });
  if (exitCode === 0) return { status: 200, text: stdout };
  if (timedOut) throw unreachable(asked, stderr, new NoAnswer());
  if (/no such (container|image|object)|not known|does not exist|unable to inspect/i.test(stderr)) {
    return { status: 404, text: '' };
  }
  throw unreachable(asked, stderr.trim());
}

/** That its program is not installed, as a problem of the engine. */
function ofEngine(error: unknown, engine: EngineName): unknown {
  if (!(error instanceof Failure) || error.problems[0]?.code !== 'command-missing') return error;
  return new Failure({ ...error.problems[0], engine });
}

/** How a person sees whether an engine answers. */
const trial = { docker: 'docker version', podman: 'podman info' } as const;

export function unreachable({ engine, where }: Asked, said: string, cause?: unknown): Failure {
  const forbidden = /EACCES|permission denied while trying to connect/i.test(said);
  return new Failure(
    {
      code: 'engine-unreachable',
      engine,
      message: forbidden
        ? `the container engine at ${where} cannot be asked: you may not use its socket`
        : `no container engine answers at ${where}${said ? ` (${said.split('\n')[0]})` : ''}`,
      remedy: forbidden
        ? 'become one of those who may: sudo usermod -aG docker $USER, and log in anew'
        : `${engine === 'docker' ? 'start Docker Engine' : 'mend what it says'}, and see that it answers you: ${trial[engine]}`,
    },
    { cause },
  );
}
