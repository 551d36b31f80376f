import { compare, valid } from '@renovatebot/pep440';
import type { Advisory, AdvisoryRecord } from '@slipway/effects';

/** The advisories that concern one version of a package, as the OSV format says (https://ossf.github.io/osv-schema/#evaluation). */
export function advisoriesFor(records: readonly AdvisoryRecord[], name: string, version: string): Advisory[] {
  return records.flatMap(({ id, summary, affected }) => {
    const ours = affected.filter((each) => each.name === name);
    const hit = ours.some(
      ({ versions, ranges }) =>
        versions.some((each) => same(each, version)) || ranges.some((events) => inRange(events, version)),
    );
    if (!hit) return [];
    const fixes = ours.flatMap(({ ranges }) => ranges.flat().flatMap(({ fixed }) => fixed ?? []));
    const later = fixes.filter((each) => valid(each) && compare(each, version) > 0);
    return [{ id, summary, fixedIn: later.toSorted(compare) }];
  });
}

const same = (a: string, b: string): boolean =>
  a === b || (valid(a) && valid(b) ? compare(a, b) === 0 : false);

/** Whether a version lies behind the last event that let the vulnerability in. */
function inRange(events: AdvisoryRecord['affected'][number]['ranges'][number], version: string): boolean {
  let affected = false;
  for (const { introduced, fixed, last_affected: last } of events) {
    // 0 stands for the first version of all.
    if (introduced !== undefined && (introduced === '0' || atLeast(version, introduced))) affected = true;
    if (fixed !== undefined && atLeast(version, fixed)) affected = false;
    if (last !== undefined && atLeast(version, last) && !same(version, last)) affected = false;
  }
  return affected;
}

const atLeast = (version: string, other: string): boolean =>
  Boolean(valid(version) && valid(other)) && compare(version, other) >= 0;
