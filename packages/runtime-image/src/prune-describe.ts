import Table from 'cli-table3';
import prettyBytes from 'pretty-bytes';
import type { Pruned } from './prune.ts';
import type { PrunePlan, PrunePolicy } from './prune-plan.ts';

/** What goes and what stays, as a person reads it. */
export function describePrunePlan(
  { deletions, freedBytes, candidates, later, kept }: PrunePlan,
  { now, olderThanMs, keep }: PrunePolicy,
): string {
  const days = (since: string) => `${((now.getTime() - Date.parse(since)) / 86_400_000).toFixed(0)} d`;
  const table = new Table({
    style: { head: [], border: [], compact: true },
    head: ['repository', 'tags', 'unreferenced for', 'its own'],
  });
  for (const { repository, tags, since, bytes } of deletions) {
    table.push([repository, tags.join('\n'), days(since), prettyBytes(bytes)]);
  }
  const idle = deletions.length + kept.young + kept.newest;
  return [
    ...(deletions.length > 0 ? [table.toString()] : []),
    ...(candidates.length > 0 ? [`whole candidates among them: ${candidates.join(', ')}`] : []),
    `${deletions.length} of ${idle} that nothing refers to may go, and free ${prettyBytes(freedBytes)} that nothing else here has`,
    ...(later.count > 0
      ? [
          `${later.count} more, ${prettyBytes(later.bytes)}, once nothing has referred to them for ${prettyDays(olderThanMs)}`,
        ]
      : []),
    `kept: ${kept.live} that something refers to, ${kept.young} for less than ${prettyDays(olderThanMs)}, ${kept.newest} as the newest ${keep} of an architecture or with them`,
  ].join('\n');
}

/** What came of it. */
export function describePruned(done: readonly Pruned[]): string {
  const count = (outcome: Pruned['outcome']) => done.filter((each) => each.outcome === outcome).length;
  const others = [
    [count('kept'), 'kept, because something refers to it by now'],
    [count('restored'), 'put back, because something came to refer to it just then'],
    [count('gone'), 'gone already'],
  ] as const;
  return [
    `${count('deleted')} deleted`,
    ...others.filter(([many]) => many > 0).map(([many, what]) => `${many} ${what}`),
    'the registry gives the bytes back when it collects its garbage',
  ].join('\n');
}

const prettyDays = (ms: number): string =>
  ms < 86_400_000 ? `${(ms / 3_600_000).toFixed(0)} h` : `${(ms / 86_400_000).toFixed(0)} d`;
