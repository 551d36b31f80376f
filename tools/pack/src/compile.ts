import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@slipway/effects';
import { compiledUrls } from './compiled-urls.ts';
import { product } from './packages.ts';

/**
 * Compiles the sources of all packages at once, in the folders that they have below `packages`.
 * @param folder where the JavaScript goes.
 * @throws Failure `command-failed`, with what the compiler said.
 */
export async function compilePackages(folder: string): Promise<void> {
  await run({
    file: process.execPath,
    args: [
      join(product, 'node_modules/typescript/bin/tsc'),
      '--project',
      join(product, 'tools/pack/tsconfig.json'),
      '--outDir',
      folder,
    ],
    cwd: product,
  });
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.js')) continue;
    const path = join(folder, name);
    writeFileSync(path, compiledUrls(readFileSync(path, 'utf8')));
  }
}
