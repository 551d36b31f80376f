export { type ComparedWorkflow, compareWorkflows, workflowProblems } from './compare-workflows.ts';
export { type WorkflowFacts, workflowFacts } from './facts.ts';
export { readWorkspace } from './read-workspace.ts';
export { workflows } from './workflows.ts';
