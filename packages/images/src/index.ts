export { type AttestOptions, withSupplyChain } from './attest-workspace.ts';
export type { Surroundings } from './build.ts';
export { type BuildFacts, buildFactsType, readBuildFacts, readFactsOf } from './build-facts.ts';
export {
  buildImages,
  type ImageOutcome,
  type ImageRequest,
  openWorkspace,
  outcomeOf,
  planImages,
  requestsFor,
  type Workspace,
} from './build-images.ts';
export { command } from './command.ts';
export { describeOutcome } from './describe.ts';
export { checkDevLock } from './dev-lock.ts';
export { type Doors, executeImages } from './execute.ts';
export { optionProblems } from './executor-options.ts';
export { type Difference, describeDifference, diffComponents } from './explain.ts';
export { describeExplanation, type Explanation, explainImages } from './explain-images.ts';
export { checkImageLock, imageLockPath, lockImages, readImageLock } from './image-lock.ts';
export { readLockInputs } from './inputs.ts';
export type { Inspection } from './inspect.ts';
export { type Inspections, inspectImages, printInspections } from './inspect-images.ts';
export { placedImage } from './inspect-select.ts';
export { openVerifier, type VerifierOptions } from './inspect-signatures.ts';
export { buildKey, type KeyComponents } from './key.ts';
export { compressedBytes } from './layers.ts';
export { type LockedPackage, readLock } from './lock.ts';
export { lockArchitecture } from './lock-architecture.ts';
export { checkLock, lockRequest } from './lock-request.ts';
export { type ImagePlan, imageCall, isLoaded, type PlanInputs } from './plan.ts';
export { planBase } from './plan-base.ts';
export { planDev } from './plan-dev.ts';
export { planRuntime } from './plan-runtime.ts';
export { projectPrefix } from './project-prefix.ts';
export {
  type ImageRecord,
  type Layer,
  newRecordPlace,
  ownLayers,
  recordFolder,
  type VerificationRecord,
  writeRecord,
} from './record.ts';
export { keyProblem, printPlan, readPlan } from './saved-plan.ts';
export { settlePlans } from './states.ts';
export { appendStepSummary, summarizeProblems, summarizeTable } from './step-summary.ts';
export { verifyBases } from './verify-base.ts';
