import type { ExecutorContext } from '@nx/devkit';
import { Failure, parseReference, placedRepository } from '@slipway/contract';
import { readImageLabels } from '@slipway/effects';
import { command, openWorkspace, type Workspace } from '@slipway/images';
import type { ReleaseRequest } from '../make-release.ts';
import { describeStatus, releaseStatus } from '../release-status.ts';
import { withRemote } from '../with-remote.ts';

type StatusOptions = Pick<ReleaseRequest, 'remote' | 'branch'> & { last?: number; json?: boolean };

/** `nx run release:status`: which versions are published, which half, which never, and what completes each. */
export default function statusExecutor(
  { last = 20, json, ...request }: StatusOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async (around) => {
    const workspace = await openWorkspace(around);
    const { definition, inputs, doors } = workspace;
    const repository = placedRepository(definition.repositories.runtime, inputs.machine);
    const architectures = definition.architectures.map(({ name }) => name);
    const [gitTags, imageTags, latest] = await Promise.all([
      withRemote(request, definition.release, around, async ({ stage }) =>
        (await stage.tags()).map(({ name }) => name),
      ),
      doors.registry.tags(parseReference(repository)),
      readLatest(workspace, repository, architectures),
    ]);
    const all = releaseStatus({ gitTags, imageTags, architectures, latest });
    const shown = all.slice(0, last);
    if (json) console.log(JSON.stringify(shown, null, 2));
    else {
      console.log(describeStatus(shown));
      if (all.length > shown.length) {
        console.log(`and ${all.length - shown.length} earlier ones: --last=${all.length}`);
      }
    }
    return true;
  });
}

/** The version that `<architecture>-latest` is at, for each architecture that has one. */
async function readLatest(
  { doors }: Workspace,
  repository: string,
  architectures: readonly string[],
): Promise<Record<string, string>> {
  const found = architectures.map(async (name): Promise<[string, string][]> => {
    try {
      const reference = parseReference(`${repository}:${name}-latest`);
      const { labels } = await readImageLabels(doors.registry, reference);
      const version = labels['org.opencontainers.image.version'];
      return version === undefined ? [] : [[name, version]];
    } catch (error) {
      if (error instanceof Failure && error.problems[0]?.code === 'image-missing') return [];
      throw error;
    }
  });
  return Object.fromEntries((await Promise.all(found)).flat());
}
