import type { ExecutorContext } from '@nx/devkit';
import { openWorkspace, requestsFor } from '../build-images.ts';
import { command } from '../command.ts';
import { describeExplanation, explainImages } from '../explain-images.ts';

interface ExplainOptions {
  kind: 'base' | 'runtime';
  architectures?: string[];
  json?: boolean;
}

/** `nx run base-images:explain`, `nx run runtime-image:explain`, and the same of one architecture. */
export default function explain(
  { kind, architectures, json }: ExplainOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (around) => {
    const workspace = await openWorkspace(around);
    const explanations = await explainImages(workspace, requestsFor(workspace, kind, architectures));
    console.log(
      json ? JSON.stringify(explanations, null, 2) : explanations.map(describeExplanation).join('\n'),
    );
    return explanations.every(({ problems }) => problems === undefined);
  });
}
