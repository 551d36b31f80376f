import { resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { writeWhole } from '@slipway/effects';
import { command, openWorkspace } from '@slipway/images';
import { cataloguePage } from '../catalogue/page.ts';
import { readCatalogue } from '../catalogue/read.ts';

interface CatalogueOptions {
  output?: string;
  versions?: number;
}

/** `nx run runtime-image:catalogue` */
export default function catalogueExecutor(
  { output = '.slipway/catalogue.html', versions: newest = 12 }: CatalogueOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (around) => {
    const facts = await readCatalogue(await openWorkspace(around), { root, newest });
    writeWhole(resolve(root, output), cataloguePage(facts));
    const { architectures, versions } = facts;
    console.log(`${output}: ${architectures.length} architectures, ${versions.length} versions`);
    return true;
  });
}
