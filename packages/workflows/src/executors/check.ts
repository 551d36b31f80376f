import type { ExecutorContext } from '@nx/devkit';
import { Failure } from '@slipway/contract';
import { command } from '@slipway/images';
import { compareWorkflows, foreignNotes, workflowProblems } from '../compare-workflows.ts';
import { readWorkspace } from '../read-workspace.ts';
import { workflows } from '../workflows.ts';

/** `nx run workflows:check` */
export default function check(
  _options: Record<string, never>,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async () => {
    const { facts, found } = await readWorkspace(root);
    const compared = compareWorkflows(workflows(facts), found);
    for (const note of foreignNotes(compared)) console.log(`warning: ${note}`);
    const problems = workflowProblems(compared);
    if (problems.length > 0) throw new Failure(problems);
    const current = compared.filter(({ state }) => state === 'current').map(({ path }) => path);
    console.log(`${current.join(', ') || 'no file'}: follows from the definition`);
    return true;
  });
}
