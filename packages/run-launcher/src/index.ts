export { completeRun, type RunDefinition } from './definition/run-definition.ts';
export { findWorkspace, openWorkspace } from './facts/workspace.ts';
export { planRun, type RunFacts } from './plan/plan-run.ts';
export type { RunPlan } from './plan/run-plan.ts';
export { type RunRecord, readRunRecord, readRunRecords } from './record/run-record.ts';
