import type { ExecutorContext } from '@nx/devkit';
import { command, openWorkspace } from '@slipway/images';
import { cataloguePage } from '../catalogue/page.ts';
import { readCatalogue } from '../catalogue/read.ts';
import { writePage } from '../catalogue/write-page.ts';

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
    writePage(root, output, cataloguePage(facts));
    const { architectures, versions } = facts;
    const count = (many: number, what: string) => `${many} ${what}${many === 1 ? '' : 's'}`;
    console.log(
      `${output}: ${count(architectures.length, 'architecture')}, ${count(versions.length, 'version')}`,
    );
    return true;
  });
}
