import { runFolder } from '../record/run-record.ts';
import { openSettled } from './settled.ts';

/** `slipway runs`: the recorded runs, and those whose containers are there though their record is not. */
export async function runsCommand({ json }: { json?: boolean }): Promise<void> {
  const settled = openSettled();
  const runs = await settled.all();
  if (json) {
    console.log(
      JSON.stringify(
        runs.map(({ record }) => record),
        null,
        2,
      ),
    );
    return;
  }
  const strays = await findStrays(settled, new Set(runs.map(({ record }) => record.id)));
  if (runs.length + strays.length === 0) console.log('no run is recorded in this workspace');
  for (const { record, note } of runs) {
    const { id, outcome, exitCode, durationSeconds, plan } = record;
    const fields = [
      id,
      outcome,
      `exit ${exitCode ?? '-'}`,
      `${durationSeconds ?? '-'} s`,
      plan.image.reference,
    ];
    console.log([...fields, ...(note === null ? [] : [`(${note})`])].join('  '));
  }
  for (const line of strays) console.log(line);
}

/** Containers of this workspace's runs whose record is gone. */
async function findStrays(
  { root, engineOf }: ReturnType<typeof openSettled>,
  known: Set<string>,
): Promise<string[]> {
  const engine = engineOf('docker');
  const ids = await engine.list('io.slipway.run').catch(() => []);
  const states = await Promise.all(ids.map((id) => engine.inspect(id).catch(() => undefined)));
  return states.flatMap((state) => {
    const id = state?.labels['io.slipway.run'] ?? '';
    const ours = state?.labels['io.slipway.run.folder'] === runFolder(root, id);
    if (state === undefined || !ours || known.has(id)) return [];
    return [`${id}  ${state.status}  (its record is gone; docker logs slipway-${id} shows it)`];
  });
}
