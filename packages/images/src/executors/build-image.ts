import type { ExecutorContext } from '@nx/devkit';
import buildImageBatch, { type BuildImageOptions } from './build-image-batch.ts';

/** The same as the batch, for one image. */
export default async function buildImage(
  options: BuildImageOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const project = context.projectName ?? '';
  const id = `${project}:${context.targetName}`;
  const task = {
    id,
    target: { project, target: context.targetName ?? '' },
    overrides: {},
    outputs: [],
    cache: false,
    parallelism: true,
  };
  const graph = { roots: [id], tasks: { [id]: task }, dependencies: {}, continuousDependencies: {} };
  let success = true;
  for await (const { result } of buildImageBatch(graph, { [id]: options }, {}, context)) {
    console.log(result.terminalOutput);
    success &&= result.success;
  }
  return { success };
}
