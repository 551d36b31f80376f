import type { Definition } from '@slipway/contract';
import {
  openReleaseStage,
  type ReleaseRepository,
  type ReleaseStage,
  readReleaseRepository,
} from '@slipway/effects';
import type { ReleaseRequest, ReleaseSurroundings } from './make-release.ts';

/** The remote's branch and tags, on a stage of their own. */
export interface FetchedRemote {
  stage: ReleaseStage;
  repository: ReleaseRepository;
  branch: string;
}

/**
 * Fetches what the remote has now, to look at it; nothing of it is left afterwards.
 * @throws Failure `remote-unreachable`, `remote-denied`, `repository-missing`.
 */
export async function withRemote<T>(
  { remote = 'origin', branch: asked }: Pick<ReleaseRequest, 'remote' | 'branch'>,
  settings: Definition['release'],
  { root, signal }: ReleaseSurroundings,
  work: (fetched: FetchedRemote) => Promise<T>,
): Promise<T> {
  const repository = await readReleaseRepository(root, remote);
  const branch = asked ?? settings.branch;
  const stage = await openReleaseStage(repository, branch, signal);
  try {
    await stage.fetch();
    return await work({ stage, repository, branch });
  } finally {
    stage.dispose();
  }
}
