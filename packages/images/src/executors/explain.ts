import type { ExecutorContext } from '@nx/devkit';
import { parseVersion } from '@slipway/contract';
import { openWorkspace, requestsFor } from '../build-images.ts';
import { command } from '../command.ts';
import { describeExplanation, explainImages } from '../explain-images.ts';

interface ExplainOptions {
  kind: 'base' | 'runtime';
  architectures?: string[];
  /** Of runtime images: the version as which they would be published. */
  as?: string;
  json?: boolean;
}

/** `nx run base-images:explain`, `nx run runtime-image:explain`, and the same of one architecture. */
export default function explain(
  { kind, architectures, as, json }: ExplainOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (around) => {
    const workspace = await openWorkspace(around);
    const version = as === undefined ? undefined : parseVersion(as);
    const requests = requestsFor(workspace, kind, architectures).map((each) => ({ ...each, version }));
    const explanations = await explainImages(workspace, requests);
    console.log(
      json ? JSON.stringify(explanations, null, 2) : explanations.map(describeExplanation).join('\n'),
    );
    return explanations.every(({ problems }) => problems === undefined);
  });
}
