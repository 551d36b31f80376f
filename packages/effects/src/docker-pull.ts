import { Failure, type Problem, parseReference } from '@slipway/contract';
import type { EngineName, PullProgress } from './container-engine.ts';
import { readCredentials } from './credentials.ts';
import type { DockerCommand } from './docker-command.ts';
import { unreachable } from './engine-answer.ts';
import { askHttp } from './http.ts';
import type { LayerSize } from './image-facts.ts';
import { tryRun } from './process.ts';
import { countLayers, knowingLayers, type LayerEvent } from './pull-progress.ts';

interface PullOptions {
  onProgress: (progress: PullProgress) => void;
  signal?: AbortSignal;
  /** Docker's own folder of settings, where another one than its default is used. */
  config?: string;
}

/** Docker over its socket says of each layer how far it is. */
export async function pullOverSocket(
  socket: string,
  reference: string,
  { onProgress, signal, config }: PullOptions,
): Promise<void> {
  const { registry } = parseReference(reference);
  const credentials = await readCredentials(registry, config);
  const login = { ...credentials, serveraddress: registry };
  const headers: Record<string, string> = credentials
    ? { 'X-Registry-Auth': Buffer.from(JSON.stringify(login)).toString('base64url') }
    : {};
  await knowingLayers(reference, config, async (layers) => {
    const tell = tellProgress(layers, onProgress);
    let error: string | undefined;
    const onLine = (line: string) => {
      const event = readEvent(line);
      error ??= event.error;
      tell(event);
    };
    const path = `/images/create?fromImage=${encodeURIComponent(reference)}`;
    const question = { method: 'POST', headers, onLine, signal } as const;
    const answer = await askHttp({ socketPath: socket, path }, question).catch((cause: Error) => {
      if (signal?.aborted) throw interrupted(reference);
      throw unreachable({ engine: 'docker', where: socket }, cause.message, cause);
    });
    if (answer.status < 400) {
      if (answer.text) onLine(answer.text);
      if (error === undefined) return;
    }
    throw notPulled('docker', reference, error ?? readEvent(answer.text).message ?? answer.text.trim());
  });
}

/** Its program, asked for an engine elsewhere, says of each layer only when it is fetched. */
export async function pullByProgram(
  command: DockerCommand,
  reference: string,
  { onProgress, signal, config }: PullOptions,
): Promise<void> {
  await knowingLayers(reference, config, async (layers) => {
    const tell = tellProgress(layers, onProgress);
    const onLine = (line: string) => {
      const [, id, status] = /^([0-9a-f]{12}): (.+)$/.exec(line.trim()) ?? [];
      if (id !== undefined) tell({ id, status });
    };
    // A Ctrl-C on the terminal may mean something else, which `signal` knows.
    const options = { signal, onLine, detached: true };
    const { exitCode, stderr } = await tryRun(command(['pull', reference], options));
    if (exitCode !== 0) throw notPulled('docker', reference, stderr.trim());
  });
}

/** Tells how far a pull is with each event, by the sizes of its layers where they are known by then. */
function tellProgress(
  layers: () => readonly LayerSize[],
  onProgress: PullOptions['onProgress'],
): (event: LayerEvent) => void {
  const count = countLayers();
  return (event) => {
    const progress = count(event, layers());
    if (progress !== undefined) onProgress(progress);
  };
}

function readEvent(line: string): LayerEvent & { error?: string; message?: string } {
  try {
    return JSON.parse(line) as Record<string, never>;
  } catch {
    return {};
  }
}

/** Of an image that an engine could not pull, with what it said. */
export function notPulled(engine: EngineName, reference: string, said: string): Failure {
  const why = whyNot(engine, parseReference(reference).registry, said);
  return new Failure({ ...why, message: `${reference} cannot be pulled: ${said}` });
}

/** How engines say that a registry lets them in no further; some say so of what is not there, too. */
const denied = /unauthorized|access denied|resource is denied|: denied\b|403 forbidden|authorization failed/i;

/** How they say that it has no such image. Programs and files that are not found are something else. */
const missing =
  /manifest unknown|name unknown|no such image|failed to resolve reference .*: not found$|(?:manifest for|repository|artifact) \S+ not found/im;

function whyNot(engine: EngineName, registry: string, said: string): Pick<Problem, 'code' | 'remedy'> {
  if (/no space left/i.test(said)) {
    return { code: 'disk-full', remedy: 'free some space, then start the same command again' };
  }
  if (denied.test(said)) {
    return {
      code: 'registry-denied',
      remedy: `check its name, and log in with an account that may use it: ${engine} login ${registry}`,
    };
  }
  if (missing.test(said)) {
    return { code: 'image-missing', remedy: 'check that the image was published, and its name' };
  }
  return {
    code: 'pull-failed',
    remedy:
      'mend what it says, and check that the registry can be reached; then start the same command again',
  };
}

function interrupted(reference: string): Failure {
  return new Failure({
    code: 'interrupted',
    message: `pulling ${reference} was interrupted`,
    remedy: 'start the same command again; what was fetched is kept',
  });
}
