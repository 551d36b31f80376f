export {
  type ComparedWorkflow,
  compareWorkflows,
  foreignNotes,
  workflowProblems,
} from './compare-workflows.ts';
export { type WorkflowFacts, workflowFacts } from './facts.ts';
export { readWorkflows, readWorkspace } from './read-workspace.ts';
export { workflows } from './workflows.ts';
