import { asFailure, type ContainerEngine, type ContainerState } from '@slipway/effects';
import type { FolderUser } from '../record/folder-users.ts';

/** The run that writes into an output folder now, by the labels of the engine's containers; null: none does. */
export async function busyRun(engine: ContainerEngine, output: string): Promise<string | null> {
  const [state] = await running(engine, `io.slipway.run.output=${output}`);
  return state === undefined ? null : (state.labels['io.slipway.run'] ?? state.id);
}

/**
 * The runs and shells that are under way, of whatever workspace, and what they use.
 * @returns null: the engine does not answer. One that is not installed has none.
 */
export async function openUsers(engine: ContainerEngine): Promise<FolderUser[] | null> {
  try {
    const kinds = ['io.slipway.run', 'io.slipway.shell'];
    const users = kinds.map(async (kind) =>
      (await running(engine, kind)).map(({ id, labels, mounts }) => ({
        id: labels[kind] ?? id,
        sources: mounts,
        open: true,
      })),
    );
    return (await Promise.all(users)).flat();
  } catch (error) {
    return asFailure(error).problems[0]?.code === 'command-missing' ? [] : null;
  }
}

async function running(engine: ContainerEngine, label: string): Promise<ContainerState[]> {
  const states = await Promise.all((await engine.list(label)).map((id) => engine.inspect(id)));
  return states.flatMap((state) => (state?.status === 'running' ? state : []));
}
