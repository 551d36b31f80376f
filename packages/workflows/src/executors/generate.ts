import { rmSync } from 'node:fs';
import type { ExecutorContext } from '@nx/devkit';
import { Failure } from '@slipway/contract';
import { writeWhole } from '@slipway/effects';
import { command } from '@slipway/images';
import { compareWorkflows, foreignNotes, workflowProblems } from '../compare-workflows.ts';
import { readWorkspace } from '../read-workspace.ts';
import { secretNames, variableNames } from '../steps.ts';
import { workflows } from '../workflows.ts';

interface GenerateOptions {
  dryRun?: boolean;
  replace?: boolean;
}

/** `nx run workflows:generate` */
export default function generate(
  { dryRun = false, replace = false }: GenerateOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async () => {
    const { facts, found, place } = await readWorkspace(root, { replace });
    const compared = compareWorkflows(workflows(facts), found);
    const blocked = workflowProblems(compared).filter(({ code }) => code === 'workflow-foreign');
    if (blocked.length > 0 && !replace) throw new Failure(blocked);
    for (const { path, state, text, line } of compared) {
      const would = dryRun ? 'would be ' : '';
      const where = line === undefined ? '' : `, first difference in line ${line}`;
      if (state === 'current') console.log(`${path}: follows from the definition`);
      else if (state === 'leftover') {
        if (!dryRun) rmSync(place(path));
        console.log(`${path}: ${would}removed, what it did is in another file`);
      } else if (text !== null && (state !== 'foreign' || replace)) {
        if (!dryRun) writeWhole(place(path), text);
        console.log(`${path}: ${would}written${where}`);
      }
    }
    if (!replace) for (const note of foreignNotes(compared)) console.log(`warning: ${note}`);
    const secrets = secretNames(facts);
    const variables = variableNames(facts);
    if (secrets.length > 0) console.log(`secrets of the repository that they use: ${secrets.join(', ')}`);
    if (variables.length > 0)
      console.log(`variables of the repository that they use: ${variables.join(', ')}`);
    return true;
  });
}
