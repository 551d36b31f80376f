import type { ContainerEngine } from '@slipway/effects';

/** The run that writes into an output folder now, by the labels of the engine's containers; null: none does. */
export async function busyRun(engine: ContainerEngine, output: string): Promise<string | null> {
  for (const id of await engine.list(`io.slipway.run.output=${output}`)) {
    const state = await engine.inspect(id);
    if (state?.status === 'running') return state.labels['io.slipway.run'] ?? id;
  }
  return null;
}
