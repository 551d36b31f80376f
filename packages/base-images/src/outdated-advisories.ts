import { compare, valid } from '@renovatebot/pep440';
import type { Advisory, AdvisoryRecord } from '@slipway/effects';
import { compareDebianVersions } from './debian-version.ts';

/** How versions of an ecosystem are ordered, and which records are about it. */
export interface Ecosystem {
  has(ecosystem: string): boolean;
  /** Undefined: one of them is no version. */
  compare(a: string, b: string): number | undefined;
}

export const pypi: Ecosystem = {
  has: (ecosystem) => ecosystem === 'PyPI',
  compare: (a, b) => (valid(a) && valid(b) ? compare(a, b) : undefined),
};

/**
 * Packages of a distribution, as /etc/os-release names it: `debian` 13 or `ubuntu` 24.04. Undefined for others, whose
 * advisories are not read. Ubuntu's that are for subscribers only (`Ubuntu:Pro:...`) are not counted.
 */
export function distribution(id: string, version: string): (Ecosystem & { name: string }) | undefined {
  const names: Record<string, string> = { debian: 'Debian', ubuntu: 'Ubuntu' };
  if (names[id] === undefined) return undefined;
  const name = `${names[id]}:${version}`;
  return {
    name,
    has: (ecosystem) => ecosystem === name || ecosystem === `${name}:LTS`,
    compare: compareDebianVersions,
  };
}

/**
 * The records about an ecosystem, by package: exports have tens of thousands, in which nothing should be looked for one by
 * one. Undefined: there is none, so that nothing is known of any package.
 */
export function byPackage(
  records: readonly AdvisoryRecord[],
  ecosystem: Ecosystem,
): ReadonlyMap<string, readonly AdvisoryRecord[]> | undefined {
  const about = new Map<string, AdvisoryRecord[]>();
  for (const record of records) {
    const ours = record.affected.filter((each) => ecosystem.has(each.ecosystem));
    for (const name of new Set(ours.map((each) => each.name))) {
      const known = about.get(name);
      if (known) known.push(record);
      else about.set(name, [record]);
    }
  }
  return about.size > 0 ? about : undefined;
}

/** The advisories that concern one version of a package, as the OSV format says (https://ossf.github.io/osv-schema/#evaluation). */
export function advisoriesFor(
  records: readonly AdvisoryRecord[],
  name: string,
  version: string,
  ecosystem: Ecosystem = pypi,
): Advisory[] {
  const order = ecosystem.compare;
  return records.flatMap(({ id, summary, affected }) => {
    const ours = affected.filter((each) => each.name === name && ecosystem.has(each.ecosystem));
    const hit = ours.some(
      ({ versions, ranges }) =>
        versions.some((each) => each === version || order(each, version) === 0) ||
        ranges.some((events) => inRange(events, version, order)),
    );
    if (!hit) return [];
    const fixes = ours.flatMap(({ ranges }) => ranges.flat().flatMap(({ fixed }) => fixed ?? []));
    const later = fixes.filter((each) => (order(each, version) ?? 0) > 0);
    return [{ id, summary, fixedIn: later.toSorted((a, b) => order(a, b) ?? 0) }];
  });
}

/** Whether a version lies behind the last event that let the vulnerability in. */
function inRange(
  events: AdvisoryRecord['affected'][number]['ranges'][number],
  version: string,
  order: Ecosystem['compare'],
): boolean {
  let affected = false;
  for (const { introduced, fixed, last_affected: last } of events) {
    // 0 stands for the first version of all.
    if (introduced !== undefined && (introduced === '0' || (order(version, introduced) ?? -1) >= 0))
      affected = true;
    if (fixed !== undefined && (order(version, fixed) ?? -1) >= 0) affected = false;
    if (last !== undefined && (order(version, last) ?? -1) > 0) affected = false;
  }
  return affected;
}
