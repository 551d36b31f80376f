import { containerName } from '../schedulers/container-arguments.ts';
import { say } from './say.ts';
import { openSettled } from './settled.ts';

/** `slipway runs`: the recorded runs, and those whose containers are there though their record is not. */
export async function runsCommand({ json }: { json?: boolean }): Promise<void> {
  const settled = openSettled();
  const { runs, damaged } = await settled.all();
  for (const { path, what } of damaged) say(`warning: ${path} ${what}`);
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
  const strays = await settled.strays();
  if (runs.length + strays.length + damaged.length === 0) console.log('no run is recorded in this workspace');
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
  for (const { id, record, scheduler, state } of strays) {
    const name = containerName(id);
    const running = state.status === 'running';
    const status = running ? 'running' : `${state.status} ${state.exitCode}`;
    const end = running ? `${scheduler} stop ${name} ends it` : `${scheduler} rm ${name} removes it`;
    console.log(`${id}  ${status}  (its record is ${record}; ${scheduler} logs ${name} shows it, ${end})`);
  }
}
