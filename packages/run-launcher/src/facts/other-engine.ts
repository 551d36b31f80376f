import type { Problem } from '@slipway/contract';

/** A host without the one engine may have the other: where a plan is made, the scheduler can be chosen. */
export function orOtherEngine(problem: Problem): Problem {
  if (problem.engine === undefined) return problem;
  const other = problem.engine === 'podman' ? 'docker' : 'podman';
  return { ...problem, remedy: `${problem.remedy}; or take ${other}: --scheduler ${other}` };
}
