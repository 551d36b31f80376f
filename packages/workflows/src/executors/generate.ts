import type { ExecutorContext } from '@nx/devkit';
import { Failure } from '@slipway/contract';
import { writeWhole } from '@slipway/effects';
import { command } from '@slipway/images';
import { compareWorkflows, foreignWorkflow } from '../compare-workflows.ts';
import { readWorkspace } from '../read-workspace.ts';
import { secretNames } from '../steps.ts';
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
    const { facts, found, place } = readWorkspace(root);
    const compared = compareWorkflows(workflows(facts), found);
    const foreign = compared.filter(({ state }) => state === 'foreign');
    if (foreign.length > 0 && !replace) throw new Failure(foreign.map(foreignWorkflow));
    for (const { path, state, text, line } of compared) {
      const changes = state !== 'current';
      if (changes && !dryRun) writeWhole(place(path), text);
      const done = dryRun ? 'would be written' : 'written';
      const where = line === undefined ? '' : `, first difference in line ${line}`;
      console.log(`${path}: ${changes ? `${done}${where}` : 'follows from the definition'}`);
    }
    const secrets = secretNames(facts);
    if (secrets.length > 0) console.log(`secrets of the repository that they use: ${secrets.join(', ')}`);
    return true;
  });
}
