import { join } from 'node:path';
import type { Application, Definition } from '@slipway/contract';
import { checkoutSource, listFiles } from '@slipway/effects';
import type { SourceTree } from './plan.ts';

/** The source trees of the application and its companions, the application first. */
export async function readSources(root: string, { application }: Definition): Promise<SourceTree[]> {
  return Promise.all(
    [application, ...application.companions].map(async (tree) => {
      const { folder, commit } = await placeSource(root, tree);
      return { folder, commit, path: tree.path, files: await listFiles(join(root, folder)) };
    }),
  );
}

/** Where a source tree lies in the workspace: a folder of its own, or a checkout that is made here for it. */
export async function placeSource(
  root: string,
  { name, source }: Pick<Application, 'name' | 'source'>,
): Promise<{ folder: string; commit: string | null }> {
  if (source.kind === 'folder') return { folder: source.path, commit: null };
  const folder = `.slipway/sources/${name}`;
  return { folder, commit: await checkoutSource(source, join(root, folder)) };
}
