import type { ContainerEngine } from '@slipway/effects';
import type { Writer } from '../record/folder-users.ts';

/** The run that writes into an output folder now, by the labels of the engine's containers; null: none does. */
export async function busyRun(engine: ContainerEngine, output: string): Promise<string | null> {
  const [writer] = await running(engine, `io.slipway.run.output=${output}`);
  return writer?.id ?? null;
}

/** The runs that are under way, of whatever workspace. An engine that does not answer has none. */
export const writersOf = (engine: ContainerEngine): Promise<Writer[]> =>
  running(engine, 'io.slipway.run').catch(() => []);

async function running(engine: ContainerEngine, label: string): Promise<Writer[]> {
  const states = await Promise.all((await engine.list(label)).map((id) => engine.inspect(id)));
  return states.flatMap((state) =>
    state?.status === 'running'
      ? [
          {
            id: state.labels['io.slipway.run'] ?? state.id,
            output: state.labels['io.slipway.run.output'] ?? '',
          },
        ]
      : [],
  );
}
