import { Failure } from '@slipway/contract';
import type { ContainerEngine, ContainerState, EngineImage } from './container-engine.ts';
import type { HttpAnswer } from './http.ts';
import { type Command, tryRun } from './process.ts';

/** An engine's answer to one question, as its interface or its program gives it. */
export type Answer = Pick<HttpAnswer, 'status' | 'text'>;

/** The value of an answer, of a list its first; undefined: there is none of it. @throws Failure `engine-unreachable`. */
export function firstOf<T>({ status, text }: Answer, where: string): T | undefined {
  if (status === 404) return undefined;
  if (status >= 400) throw unreachable(where, text.trim());
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
    mounts: (inspected.Mounts ?? []).flatMap(({ Source }) => Source ?? []),
  };
}

export function imageOf(
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

/**
 * Asks through the engine's program; what does not exist is a 404, as over the socket. A Ctrl-C on the terminal is not for
 * the program: it would look as if the engine did not answer.
 */
export async function byProgram(command: Command, where: string): Promise<Answer> {
  const { exitCode, stdout, stderr } = await tryRun({ ...command, detached: true });
  if (exitCode === 0) return { status: 200, text: stdout };
  if (/no such (container|image|object)|not known|does not exist|unable to inspect/i.test(stderr)) {
    return { status: 404, text: '' };
  }
  throw unreachable(where, stderr.trim());
}

export async function listed(
  command: ContainerEngine['command'],
  label: string,
  where: string,
): Promise<string[]> {
  const args = ['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}`];
  const { text } = await byProgram(command(args, { timeoutMs: 60_000 }), where);
  return text.split('\n').filter(Boolean);
}

export function unreachable(where: string, said: string, cause?: unknown): Failure {
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
