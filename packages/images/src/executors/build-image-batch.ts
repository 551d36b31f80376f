import type { TaskGraph } from '@nx/devkit';
import { Failure, formatProblem } from '@slipway/contract';
import { interruption } from '@slipway/effects';
import { type AttestOptions, asksToAttest, withSupplyChain } from '../attest-workspace.ts';
import { buildImages, type ImageOutcome, openWorkspace, planImages } from '../build-images.ts';
import { describeOutcome } from '../describe.ts';
import { openDisplay } from '../display.ts';
import { optionProblems } from '../executor-options.ts';
import { printPlan } from '../saved-plan.ts';
import { appendStepSummary, summarizeProblems } from '../step-summary.ts';
import { summarizeOutcomes, summarizePlans } from '../summarize-images.ts';
import schema from './build-image.schema.json' with { type: 'json' };

/** What Nx expects of a batch executor for each task; @nx/devkit does not export its name. */
interface TaskOutcome {
  task: string;
  result: { success: boolean; terminalOutput: string; startTime: number; endTime: number };
}

export interface BuildImageOptions extends AttestOptions {
  kind: 'base' | 'runtime';
  /** Absent: of all architectures, whose tasks are beside this one; it only says how they ended. */
  architecture?: string;
  dryRun?: boolean;
  builder?: string;
}

/**
 * All images of one command in one process: definition and registries are read once, and what is built already is
 * answered without a process of its own.
 */
export default async function* buildImageBatch(
  graph: TaskGraph,
  options: Record<string, BuildImageOptions>,
  _overrides: unknown,
  context: { root: string },
): AsyncGenerator<TaskOutcome> {
  const tasks = Object.values(graph.tasks);
  const requests = tasks.flatMap((task) => {
    const { kind, architecture, plan } = options[task.id] ?? {};
    return kind && architecture ? [{ project: task.target.project, kind, architecture, plan }] : [];
  });
  const taskOf = (project: string) => tasks.find((task) => task.target.project === project)?.id ?? project;
  const { signal, dispose } = interruption();
  const { end, ...display } = openDisplay();
  const builder = Object.values(options).find((each) => each.builder !== undefined)?.builder;
  const around = { root: context.root, signal, builder, ...display };
  const startTime = Date.now();
  const result = (project: string, success: boolean, terminalOutput: string): TaskOutcome => ({
    task: taskOf(project),
    result: { success, terminalOutput: `${terminalOutput}\n`, startTime, endTime: Date.now() },
  });
  const open = new Set(requests.map(({ project }) => project));
  const failed: string[] = [];
  const outcomes: ImageOutcome[] = [];
  try {
    checkOptions(options);
    const attest = Object.values(options).find(asksToAttest) ?? {};
    const workspace = withSupplyChain(await openWorkspace(around), context.root, attest);
    if (Object.values(options).some(({ dryRun }) => dryRun)) {
      const plans = await planImages(workspace, requests, { guess: true });
      appendStepSummary(summarizePlans(plans));
      for (const [project, planned] of plans) {
        const problems = Array.isArray(planned) ? planned : undefined;
        if (problems) failed.push(project);
        open.delete(project);
        yield problems
          ? result(project, false, problems.map(formatProblem).join('\n'))
          : result(project, true, printPlan([planned as never]));
      }
      return;
    }
    for await (const outcome of buildImages(workspace, requests, around)) {
      if ('problems' in outcome) failed.push(outcome.project);
      outcomes.push(outcome);
      open.delete(outcome.project);
      yield result(outcome.project, !('problems' in outcome), describeOutcome(outcome));
    }
  } catch (error) {
    const text = error instanceof Failure ? error.message : String((error as Error).stack);
    // Every image that has no answer yet fails for the same reason; it is told once.
    for (const [index, project] of [...open].entries()) {
      yield result(project, false, index === 0 ? text : `not started: see ${[...open][0]}`);
    }
    failed.push(...open);
    if (error instanceof Failure) {
      appendStepSummary([`### Not built: ${[...open].join(', ')}`, '', ...summarizeProblems(error.problems)]);
    }
  } finally {
    if (outcomes.length > 0) appendStepSummary(summarizeOutcomes(outcomes));
    for (const task of tasks.filter(({ id }) => options[id]?.architecture === undefined)) {
      const text = failed.length === 0 ? '' : `failed: ${failed.join(', ')}`;
      yield result(task.target.project, failed.length === 0, text);
    }
    end();
    dispose();
  }
}

/** Options of one command, which Nx hands to all its tasks: what is wrong with them is said once. */
function checkOptions(options: Record<string, BuildImageOptions>): void {
  const problems = Object.values(options).flatMap((each) =>
    optionProblems({ ...each }, schema, 'build-image'),
  );
  const distinct = [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()];
  if (distinct.length > 0) throw new Failure(distinct);
}
