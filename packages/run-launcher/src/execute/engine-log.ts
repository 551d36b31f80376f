import { type Command, type ContainerEngine, run } from '@slipway/effects';
import { containerName } from '../schedulers/container-arguments.ts';

/**
 * Hands on what an engine has of a run's log. One that was told to keep none has nothing, which is no error.
 * @param words what to ask for beside its name: `--follow`, `--since=...` and the like.
 */
export async function readEngineLog(
  engine: ContainerEngine,
  id: string,
  words: readonly string[],
  options: Pick<Command, 'returns' | 'signal'> & { onLine: NonNullable<Command['onLine']> },
): Promise<void> {
  let none = false;
  const onLine: Command['onLine'] = (line, stream, end) => {
    none ||= stream === 'stderr' && keepsNone.test(line);
    if (!none) options.onLine(line, stream, end);
  };
  const args = ['logs', ...words, containerName(id)];
  await run(engine.command(args, { ...options, detached: true, keep: false, onLine })).catch(
    (error: unknown) => {
      if (!none) throw error;
    },
  );
}

/** What docker and podman say where they were told to keep no log: then there is nothing to be had. */
const keepsNone = /^Error.*(?:logging driver does not support reading|cannot read logs)/;
