import { type Definition, formatProblem } from '@slipway/contract';
import { summarizeProblems, summarizeTable } from '@slipway/images';
import Table from 'cli-table3';
import prettyBytes from 'pretty-bytes';
import type { Published } from './publish.ts';

const states = {
  current: 'there already',
  tagged: 'tag written',
  built: 'built',
  kept: 'kept',
  failed: 'failed',
};

/** One row for each image of a publish. */
function rowsOf({ records, confirmed }: Published): Record<string, string>[] {
  return records.map(({ record }) => ({
    architecture: record.plan.architecture,
    state: states[record.outcome],
    seconds: record.durationSeconds.toFixed(1),
    pulled: prettyBytes(sum(record.pulled)),
    pushed: prettyBytes(sum(record.pushed)),
    'disk peak': record.diskPeakBytes === undefined ? '-' : prettyBytes(record.diskPeakBytes),
    digest: record.digest?.slice(0, 19) ?? '-',
    confirmed: confirmed.includes(record.plan.architecture) ? 'yes' : 'no',
  }));
}

const sum = (blobs: Record<string, number> = {}): number =>
  Object.values(blobs).reduce((total, bytes) => total + bytes, 0);

/** The closing table of a publish, and what is to be said of it. */
export function describePublish(published: Published, { limits }: Definition): string {
  const rows = rowsOf(published);
  const table = new Table({
    style: { head: [], border: [], compact: true },
    head: Object.keys(rows[0] ?? {}),
  });
  for (const row of rows) table.push(Object.values(row));
  const problems = published.problems.map(formatProblem);
  return [table.toString(), ...told(published, limits.publishTimeMs), ...problems].join('\n');
}

/** The same for the summary page of a CI job, where there is one. */
export function summarizePublish(published: Published, { limits }: Definition): string[] {
  return [
    `### ${published.version}`,
    '',
    ...summarizeTable(rowsOf(published)),
    '',
    ...told(published, limits.publishTimeMs),
    '',
    ...summarizeProblems(published.problems),
  ];
}

/** What is to be said of it, problems aside. */
function told(published: Published, limitMs: number): string[] {
  const { version, durationSeconds, release, followed, problems, records } = published;
  const slowest = records
    .flatMap(({ record }) => record.steps.map((step) => ({ ...step, project: record.plan.project })))
    .toSorted((a, b) => b.seconds - a.seconds)[0];
  const late = durationSeconds * 1000 > limitMs && slowest !== undefined;
  return [
    ...followed.map(({ tag, moved, why }) => `${tag} ${moved ? 'moved' : 'was not moved'}: ${why}`),
    ...(late
      ? [
          `it took ${durationSeconds.toFixed(0)} s, publish_time allows ${(limitMs / 1000).toFixed(0)} s; the longest step was ${slowest.name} of ${slowest.project} (${slowest.seconds.toFixed(0)} s)`,
        ]
      : []),
    ...(problems.length === 0 && release
      ? [
          `published ${version} for ${records.map(({ record }) => record.plan.architecture).join(', ')} in ${durationSeconds.toFixed(1)} s`,
        ]
      : []),
  ];
}
