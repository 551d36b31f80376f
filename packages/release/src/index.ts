export { checkReleaseTag, isReleaseTag, type ReleaseTagFacts } from './check-release-tag.ts';
export { describePlan, describeReleased, type PlanSection, planSections } from './describe-release.ts';
export { type AtStep, type ReleaseStep, releaseSteps } from './execute-release.ts';
export {
  makeRelease,
  previewRelease,
  type Released,
  type ReleaseRequest,
  type ReleaseSurroundings,
} from './make-release.ts';
export type { NoRelease, PlannedCommit, PlannedFile, Release, ReleasePlan } from './plan.ts';
export { planRelease } from './plan-release.ts';
export { readTagMessage, verifyReleaseTag } from './read-release-tag.ts';
export { type ReleaseRecord, recordRelease } from './record-release.ts';
export type { CandidateFacts, PromotionFacts, ReleaseFacts } from './release-facts.ts';
export { writeOutputs } from './write-outputs.ts';
