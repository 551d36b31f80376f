import type { Wanted } from './wanted.ts';

/** A program and the suites that are still to be tried for it, best first. */
export interface Candidate {
  wanted: Wanted;
  suites: string[];
  /** Why the suites before did not do. */
  refused: string[];
}

/** Pure: the order in which suites are tried for a program. */
export function candidates(
  wanted: readonly Wanted[],
  newestFirst: readonly string[],
  own: string,
): Candidate[] {
  return wanted.map((program) => {
    const order = program.from === 'own' ? [own, ...newestFirst] : [...newestFirst, own];
    return { wanted: program, suites: [...new Set(order)], refused: [] };
  });
}

/** Pure: what to fetch now from each suite. */
export function nextRound(open: readonly Candidate[]): Map<string, Candidate[]> {
  return Map.groupBy(open, (candidate) => candidate.suites[0] ?? '');
}

/** Pure: the candidate after its best suite did not do. */
export function refuse(candidate: Candidate, why: string): Candidate {
  const [suite, ...rest] = candidate.suites;
  return { ...candidate, suites: rest, refused: [...candidate.refused, `${suite}: ${why}`] };
}
