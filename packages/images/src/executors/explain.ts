import type { ExecutorContext } from '@nx/devkit';
import { Failure, formatProblem } from '@slipway/contract';
import { openWorkspace } from '../build-images.ts';
import { describeExplanation, explainImages } from '../explain-images.ts';

interface ExplainOptions {
  kind: 'base' | 'runtime';
  architectures?: string[];
  json?: boolean;
}

/** `nx run base-images:explain`, `nx run runtime-image:explain`, and the same of one architecture. */
export default async function explain(
  { kind, architectures, json }: ExplainOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  try {
    const workspace = await openWorkspace({ root, say: (line) => console.error(line) });
    const names = architectures ?? workspace.definition.architectures.map(({ name }) => name);
    const requests = names.map((architecture) => ({
      project: `${kind}-${architecture}`,
      kind,
      architecture,
    }));
    const explanations = await explainImages(workspace, requests);
    console.log(
      json ? JSON.stringify(explanations, null, 2) : explanations.map(describeExplanation).join('\n'),
    );
    return { success: explanations.every(({ problems }) => problems === undefined) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.problems.map(formatProblem).join('\n'));
    return { success: false };
  }
}
