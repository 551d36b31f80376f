import { readRunRecord, readRunRecords } from './run-record.ts';
import { findWorkspace } from './workspace.ts';

/** `slipway runs` */
export function runsCommand({ json }: { json?: boolean }): void {
  const records = readRunRecords(findWorkspace(process.cwd()));
  if (json) console.log(JSON.stringify(records, null, 2));
  else if (records.length === 0) console.log('no run is recorded in this workspace');
  for (const { id, outcome, exitCode, durationSeconds, plan } of json ? [] : records) {
    console.log(
      [id, outcome, `exit ${exitCode ?? '-'}`, `${durationSeconds ?? '-'} s`, plan.image.reference].join(
        '  ',
      ),
    );
  }
}

/** `slipway show <id>` */
export function showCommand(id: string, { json }: { json?: boolean }): void {
  const record = readRunRecord(findWorkspace(process.cwd()), id);
  if (json) {
    console.log(JSON.stringify(record, null, 2));
    return;
  }
  const { plan } = record;
  const lines = {
    run: record.id,
    outcome: `${record.outcome}, exit code ${record.exitCode ?? 'none yet'}`,
    image: `${plan.image.reference}@${plan.image.digest}`,
    command: plan.command.join(' '),
    started: record.startedAt,
    duration: record.durationSeconds === null ? 'running' : `${record.durationSeconds} s`,
    ...Object.fromEntries(plan.mounts.map(({ source, target }) => [target, source])),
    log: record.log,
  };
  const width = Math.max(...Object.keys(lines).map((name) => name.length)) + 2;
  for (const [name, value] of Object.entries(lines)) console.log(`${name.padEnd(width)}${value}`);
}
