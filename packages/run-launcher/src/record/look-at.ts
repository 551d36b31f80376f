import type { ContainerEngine } from '@slipway/effects';
import { endOf } from '../execute/how-it-ended.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import { isFollowed } from './follower.ts';
import { endedRecord, isElsewhere, type RunRecord } from './run-record.ts';
import { stopWasRequested } from './stop-request.ts';

/** A record as settling it would leave it, by the engine; nothing is written or removed. */
export async function lookAt(
  root: string,
  record: RunRecord,
  engineOf: (scheduler: RunRecord['plan']['scheduler']) => ContainerEngine,
): Promise<RunRecord> {
  const { id, plan } = record;
  if (record.endedAt !== null || isFollowed(record) || isElsewhere(record)) return record;
  const asked = await engineOf(plan.scheduler)
    .inspect(containerName(id))
    .then((state) => ({ state, lost: false }))
    .catch(() => null);
  if (asked === null) return record;
  const ended = endOf(asked, record, { stopped: stopWasRequested(root, id) });
  if (ended === 'running') return record;
  const at = Date.parse(asked.state?.finishedAt ?? '');
  const known = asked.state?.status === 'exited' && !Number.isNaN(at);
  return endedRecord({ ...record, ...ended }, known ? new Date(at) : new Date());
}
