import { join } from 'node:path';
import type { Application, Definition } from '@slipway/contract';
import { checkoutSource, defaultBranch, listFiles, publicUrl, readGit } from '@slipway/effects';
import type { SourceTree } from './plan.ts';

/** The source trees of the application and its companions, the application first. */
export async function readSources(root: string, { application }: Definition): Promise<SourceTree[]> {
  return Promise.all(
    [application, ...application.companions].map(async (tree) => {
      const { folder, fetched } = await placeSource(root, tree);
      const files = await listFiles(join(root, folder));
      const git = fetched ?? (await readGit(join(root, folder)));
      return { folder, path: tree.path, git, files };
    }),
  );
}

/** Where a source tree lies in the workspace: a folder of its own, or a checkout that is made here for it. */
export async function placeSource(
  root: string,
  { name, source }: Pick<Application, 'name' | 'source'>,
): Promise<{ folder: string; fetched?: SourceTree['git'] }> {
  if (source.kind === 'folder') return { folder: source.path };
  const folder = `.slipway/sources/${name}`;
  const { commit, branch } = await checkoutSource(source, join(root, folder));
  const origin = publicUrl(source.url);
  return {
    folder,
    fetched: { commit, branch: branch ?? defaultBranch, origin, dirty: false, unpushed: false },
  };
}
