import { Failure } from '@slipway/contract';
import { type Command, type ContainerEngine, tryRun } from '@slipway/effects';
import { containerName } from '../schedulers/container-arguments.ts';

/**
 * Hands on what an engine has of a run's log. One that was told to keep none has nothing, which is no error.
 * @param words what to ask for beside its name: `--follow`, `--since=...` and the like.
 * @param options `mask`: for what is repeated of it where it cannot be read.
 * @throws Failure `command-failed` with what the engine says, or `interrupted`.
 */
export async function readEngineLog(
  engine: ContainerEngine,
  id: string,
  words: readonly string[],
  {
    mask,
    ...options
  }: Pick<Command, 'returns' | 'signal'> & {
    onLine: NonNullable<Command['onLine']>;
    mask: (line: string) => string;
  },
): Promise<void> {
  let none = false;
  let said = '';
  const onLine: Command['onLine'] = (line, stream, end) => {
    if (stream === 'stderr' && engineSays.test(line)) said = line;
    none ||= stream === 'stderr' && keepsNone.test(line);
    return none ? undefined : options.onLine(line, stream, end);
  };
  const args = ['logs', ...words, containerName(id)];
  const called = engine.command(args, { ...options, detached: true, keep: false, onLine });
  const { exitCode, stderr } = await tryRun(called);
  if (exitCode === 0 || none) return;
  throw new Failure({
    code: 'command-failed',
    message: [`${engine.name} logs ended with exit code ${exitCode}`, mask(said) || stderr.trim()]
      .filter(Boolean)
      .join(': '),
    remedy: `see that ${engine.name} answers, then call slipway logs ${id}`,
  });
}

/** How docker and podman begin to say what is wrong; an application's own lines of standard error come there, too. */
const engineSays = /^(?:error|cannot connect to|unexpected)\b/i;

/** What docker and podman say where they were told to keep no log: then there is nothing to be had. */
const keepsNone = /^Error.*(?:logging driver does not support reading|cannot read logs)/;
