import { type Definition, Failure, type GitTag } from '@slipway/contract';
import { checkReleaseTag } from './check-release-tag.ts';
import type { ReleaseRequest, ReleaseSurroundings } from './make-release.ts';
import { type FetchedRemote, withRemote } from './with-remote.ts';

/**
 * Reads a tag from the remote itself and checks it. A checkout of a CI service often has the tag's commit under the tag's
 * name, so that it looks like a lightweight one, and nothing of the branch.
 * @throws as `checkReleaseTag`, and Failure `remote-unreachable`, `remote-denied`, `repository-missing`.
 */
export function verifyReleaseTag(
  name: string,
  request: TagRequest,
  { release }: Pick<Definition, 'release'>,
  around: ReleaseSurroundings,
): Promise<{ version: string; commit: string }> {
  return withTag(name, request, release, around, async ({ tag, stage, repository, branch }) => {
    const remote = repository.remote.name;
    const commit = tag?.commit ?? null;
    if (commit === null) return checkReleaseTag(name, { remote, branch, tag, onBranch: false, files: [] });
    const { exitCode } = await stage.ask(['merge-base', '--is-ancestor', commit, await stage.head()]);
    const files = await Promise.all(
      release.versionFiles.map(async (file) => {
        const path = `${repository.prefix}${file}`;
        const found = await stage.read(commit, path);
        return { path, file: found && { path, ...found } };
      }),
    );
    return checkReleaseTag(name, { remote, branch, tag, onBranch: exitCode === 0, files });
  });
}

/**
 * The message of a tag as the remote has it: its first line, and what came with the version.
 * @throws Failure `repository-missing` where there is none, `remote-unreachable`, `remote-denied`.
 */
export function readTagMessage(
  name: string,
  request: TagRequest,
  { release }: Pick<Definition, 'release'>,
  around: ReleaseSurroundings,
): Promise<string> {
  return withTag(name, request, release, around, async ({ tag, repository: { remote } }) => {
    if (tag !== null) return tag.message.trimEnd();
    throw new Failure({
      code: 'repository-missing',
      message: `${remote.name} has no tag ${name}`,
      remedy: `git push ${remote.name} ${name}`,
    });
  });
}

type TagRequest = Pick<ReleaseRequest, 'remote' | 'branch'>;

/** What is at hand while a tag is looked at. */
interface FetchedTag extends FetchedRemote {
  tag: GitTag | null;
}

function withTag<T>(
  name: string,
  request: TagRequest,
  settings: Definition['release'],
  around: ReleaseSurroundings,
  work: (fetched: FetchedTag) => Promise<T>,
): Promise<T> {
  return withRemote(request, settings, around, async ({ stage, repository, branch }) => {
    const tag = (await stage.tags()).find((tag) => tag.name === name) ?? null;
    return work({ tag, stage, repository, branch });
  });
}
