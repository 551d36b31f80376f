import type { TaskGraph } from '@nx/devkit';
import { buildDevImage, type DevOptions } from '../build-dev-image.ts';

/** What Nx expects of a batch executor for each task; @nx/devkit does not export its name. */
interface TaskOutcome {
  task: string;
  result: { success: boolean; terminalOutput: string; startTime: number; endTime: number };
}

/**
 * `nx run runtime-image:build-dev`. As a batch, since Nx hands the product of one on whole: of what a task of its own
 * prints last, it loses what it has not read when the task ends (seen at 64 KB, half of a plan).
 */
export default async function* buildDevBatch(
  graph: TaskGraph,
  options: Record<string, DevOptions>,
  _overrides: unknown,
  { root }: { root: string },
): AsyncGenerator<TaskOutcome> {
  for (const { id } of Object.values(graph.tasks)) {
    const startTime = Date.now();
    const { success, text } = await buildDevImage(root, options[id] ?? {});
    yield { task: id, result: { success, terminalOutput: `${text}\n`, startTime, endTime: Date.now() } };
  }
}
