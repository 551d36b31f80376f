import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  type Application,
  changelogFile,
  type Definition,
  Failure,
  readDistribution,
  replaceVersion,
} from '@slipway/contract';
import {
  checkoutSource,
  defaultBranch,
  listFiles,
  type NeutralTexts,
  neutralTree,
  publicUrl,
  readGit,
} from '@slipway/effects';
import type { ContextFile, SourceTree } from './plan.ts';

/** The source trees of the application and its companions, the application first. */
export async function readSources(
  root: string,
  { application, release }: Pick<Definition, 'application' | 'release'>,
): Promise<SourceTree[]> {
  return Promise.all(
    [application, ...application.companions].map(async (tree) => {
      const { folder, fetched } = await placeSource(root, tree);
      const files = await listFiles(join(root, folder));
      const git = fetched ?? (await readGit(join(root, folder)));
      const neutral = fetched ? {} : readNeutral(root, folder, files, release.versionFiles);
      return {
        folder,
        path: tree.path,
        git,
        files,
        neutral,
        neutralTree: git?.top ? await neutralTree(join(root, folder), git.commit, neutral) : null,
        ...readInstalled(root, folder, files, neutral),
      };
    }),
  );
}

/** What is installed from a source tree: of one whose version a release changes, that of what all versions share. */
function readInstalled(
  root: string,
  folder: string,
  files: readonly ContextFile[],
  neutral: NeutralTexts,
): Pick<SourceTree, 'distribution'> {
  const file = 'pyproject.toml';
  if (!files.some(({ path }) => path === file)) return {};
  const said = readDistribution(neutral[file] ?? readFileSync(join(root, folder, file), 'utf8'));
  return said === null ? {} : { distribution: { name: said.name, version: said.version } };
}

/** What stands for the files of a source tree that a release changes: their text with the version 0, or none at all. */
function readNeutral(
  root: string,
  folder: string,
  files: readonly ContextFile[],
  versionFiles: readonly string[],
): NeutralTexts {
  const texts = [...versionFiles, changelogFile].flatMap((file): [string, string][] => {
    const path = relative(folder, file);
    if (!files.some((each) => each.path === path && each.link === undefined)) return [];
    if (file === changelogFile) return [[path, '']];
    const text = withoutVersion(file, readFileSync(join(root, file), 'utf8'));
    return text === undefined ? [] : [[path, text]];
  });
  return Object.fromEntries(texts);
}

/** Undefined for a file that states no version: a release is what tells about it. */
function withoutVersion(file: string, text: string): string | undefined {
  try {
    return replaceVersion(file, text, '0');
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
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
    fetched: { commit, branch: branch ?? defaultBranch, origin, top: true, dirty: false, unpushed: false },
  };
}
