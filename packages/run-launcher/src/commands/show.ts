import { formatSize } from '@slipway/contract';
import { describeGpu } from '../checks/describe-gpu.ts';
import { describeEnd } from '../record/describe-end.ts';
import type { RunRecord } from '../record/run-record.ts';
import { pinned } from '../schedulers/container-arguments.ts';
import { openSettled } from './settled.ts';

/** `slipway show <id>` */
export async function showCommand(id: string, { json }: { json?: boolean }): Promise<void> {
  const { record, note } = await openSettled().one(id);
  if (json) {
    console.log(JSON.stringify(record, null, 2));
    return;
  }
  const lines = Object.entries(describe(record, note));
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  for (const [name, value] of lines) console.log(`${name.padEnd(width)}${value}`);
}

function describe(record: RunRecord, note: string | null): Record<string, string> {
  const { plan, peaks, host, pull, outcome } = record;
  return {
    run: record.id,
    outcome: `${describeEnd(record)}${note === null ? '' : ` (${note})`}`,
    image: imageOf(record),
    ...(plan.image.commit && { commit: plan.image.commit }),
    command: plan.command.join(' '),
    ...Object.fromEntries(
      plan.updates.map(({ name, url, ref, commit }) => [name, `${commit} (${ref} of ${url})`]),
    ),
    started: record.startedAt,
    duration: record.durationSeconds === null ? 'running' : `${record.durationSeconds} s`,
    ...(host.gpus.length > 0 && { GPUs: host.gpus.map(describeGpu).join(', ') }),
    ...(pull && { pulled: `${pull.bytes === null ? '' : `${formatSize(pull.bytes)} `}in ${pull.seconds} s` }),
    // The kernel ends it between two looks, at more than was seen.
    ...(peaks && { [outcome === 'killed by memory' ? 'at least' : 'at most']: describePeaks(peaks) }),
    ...Object.fromEntries(plan.mounts.map(({ source, target }) => [target, source])),
    log: record.log,
    ...(record.problems?.[0] && { problem: record.problems[0].message }),
  };
}

/** What was asked for, and what ran. */
function imageOf({ plan }: RunRecord): string {
  const { reference, digest } = plan.image;
  if (!reference.includes('@')) return `${reference}@${digest}`;
  // By a digest alone, nothing more was asked for than what ran.
  return plan.image.from === 'registry' ? pinned(plan) : reference;
}

function describePeaks({ memoryBytes, cpuSeconds, gpuMemoryMiB }: NonNullable<RunRecord['peaks']>): string {
  return [
    memoryBytes === null ? '' : `${formatSize(memoryBytes)} of memory`,
    cpuSeconds === null ? '' : `${cpuSeconds} s of CPU`,
    gpuMemoryMiB === null ? '' : `${gpuMemoryMiB} MiB on GPUs`,
  ]
    .filter(Boolean)
    .join(', ');
}
