import { asFailure, type ContainerEngine } from '@slipway/effects';
import type { BusyRun } from '../checks/check.ts';
import { holds } from '../plan/needed-place.ts';
import type { FolderUser } from '../record/folder-users.ts';
import { realPath } from './path-facts.ts';

const outputLabel = 'io.slipway.run.output';

/**
 * The run that writes into an output folder now, or into one in or above it, by the labels of the engine's containers;
 * null: none does.
 */
export async function busyRun(engine: ContainerEngine, output: string): Promise<BusyRun | null> {
  const own = realPath(output);
  const runs = (await engine.list(outputLabel, { running: true })).map(({ id, labels }) => {
    return { id: labels['io.slipway.run'] ?? id, folder: labels[outputLabel] ?? '' };
  });
  const shared = runs.find(({ folder }) => {
    const other = folder === '' ? '' : realPath(folder);
    return other !== '' && (holds(own, other) || holds(other, own));
  });
  return shared ?? null;
}

/**
 * The runs and shells that are under way, of whatever workspace, and what they use.
 * @returns null: the engine does not answer. One that is not installed has none.
 */
export async function openUsers(engine: ContainerEngine): Promise<FolderUser[] | null> {
  try {
    const kinds = ['io.slipway.run', 'io.slipway.shell'];
    const containers = await Promise.all(kinds.map((kind) => engine.list(kind, { running: true })));
    const states = await Promise.all(containers.flat().map(({ id }) => engine.inspect(id)));
    return states.flatMap((state) => {
      // It may have ended meanwhile.
      if (state?.status !== 'running') return [];
      const [id = state.id] = kinds.flatMap((kind) => state.labels[kind] ?? []);
      return [{ id, sources: state.mounts, open: true }];
    });
  } catch (error) {
    return asFailure(error).problems[0]?.code === 'command-missing' ? [] : null;
  }
}
