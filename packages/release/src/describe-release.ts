import { createTwoFilesPatch } from 'diff';
import type { Released } from './make-release.ts';
import type { Release, ReleasePlan } from './plan.ts';
import { short } from './short.ts';

/** One part of what a person is told of a release that is planned; an empty one is left out. */
export type PlanSection = (plan: Release) => string | Promise<string>;

/** All of them, in their order. What else a release leads to is told by another section here. */
export const planSections: readonly PlanSection[] = [headline, why, whatIsNoted, notes, changes];

/** What a plan will do: version, why, notes, and the changes of files as a diff. */
export async function describePlan(plan: ReleasePlan): Promise<string> {
  if (plan.outcome !== 'released') {
    const line = `${plan.kind}: ${describeNone(plan.outcome)}: ${plan.why}`;
    return [line, ...plan.notes.map(asNote)].join('\n');
  }
  const sections = await Promise.all(planSections.map((section) => section(plan)));
  return sections.filter((section) => section !== '').join('\n');
}

/** What came of a release, in one line after its notes. */
export function describeReleased({ plan, outcome, version, commit }: Released): string {
  const line =
    outcome === 'released'
      ? `${version} released: commit ${short(commit ?? '')}, ${plan.why}`
      : `${describeNone(outcome)}: ${plan.why}`;
  return [...plan.notes.map(asNote), line].join('\n');
}

function describeNone(outcome: Exclude<ReleasePlan['outcome'], 'released'>): string {
  return { nothing: 'nothing to release', existing: 'released already', superseded: 'superseded' }[outcome];
}

function headline({ kind, version, branch, remote, create }: Release): string {
  return `${kind}: ${version} on ${branch} of ${remote}${create.length > 1 ? `, merged into ${branch}` : ''}`;
}

function why({ why, commits }: Release): string {
  return [
    `why: ${why}`,
    ...commits.map(({ hash, subject, type }) => `  ${short(hash)} ${type}: ${subject}`),
  ].join('\n');
}

function whatIsNoted({ notes }: Release): string {
  return notes.map(asNote).join('\n');
}

function notes({ tag }: Release): string {
  return `\n${tag.message.trim()}\n`;
}

function changes({ create: [first] }: Release): string {
  return (first?.files ?? [])
    .map(({ path, before, after }) => describeChange(path, before, after))
    .join('\n');
}

function describeChange(path: string, before: string | null, after: string): string {
  const from = before === null ? '/dev/null' : `a/${path}`;
  const patch = createTwoFilesPatch(from, `b/${path}`, before ?? '', after);
  return patch.split('\n').slice(1).join('\n');
}

function asNote(note: string): string {
  return `note: ${note}`;
}
