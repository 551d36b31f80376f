export { parseRunDefinition, type RunDefinition } from './run-definition.ts';
export { planRun, type RunFacts, type RunPlan } from './run-plan.ts';
export { type RunRecord, readRunRecord, readRunRecords } from './run-record.ts';
