import type { ContainerEngine } from '@slipway/effects';
import { endOf, endTime } from '../execute/how-it-ended.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { isFollowed } from './follower.ts';
import { endedRecord, isElsewhere, type RunRecord } from './run-record.ts';
import { hasEnd, type SettledRun } from './settle.ts';
import { stopWasRequested } from './stop-request.ts';

/** A record as settling it would leave it, by the engine; nothing is written or removed. */
export async function lookAt(
  root: string,
  record: RunRecord,
  engineOf: (scheduler: RunRecord['plan']['scheduler']) => ContainerEngine,
): Promise<SettledRun> {
  const { id, plan } = record;
  if (hasEnd(record) || isFollowed(record) || isElsewhere(record)) return { record, note: null };
  const state = await engineOf(plan.scheduler)
    .inspect(containerName(id))
    .catch(() => 'silent' as const);
  if (state === 'silent') return { record, note: 'the engine does not answer' };
  const lost = record.outcome === 'lost';
  if (state === undefined && lost) return { record, note: null };
  const ended = endOf({ state, lost }, record, { stopped: stopWasRequested(root, id) });
  if (ended === 'running') return { record: { ...record, outcome: 'running' }, note: null };
  return { record: endedRecord({ ...record, ...ended }, endTime(record, state)), note: null };
}
