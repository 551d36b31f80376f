import {
  type Definition,
  Failure,
  formatVersion,
  parseReference,
  placedRepository,
  type Version,
  type Yank,
} from '@slipway/contract';
import { openRegistry, readMachine, readYank } from '@slipway/effects';
import { readRelease } from '@slipway/runtime-image/api';

/** What the runtime repository holds of a version, or why it could not be asked. */
export type InRegistry =
  | {
      /**
       * Whether anything of it is published, perhaps for some architectures only; `here`: in a repository that this machine
       * alone sends its images to.
       */
      published: 'no' | 'here' | 'yes';
      /** The commit that it was made from, where its release manifest says so. */
      commit: string | null;
      /** Why it is not to be used; null: nobody said so. */
      yank: Pick<Yank, 'reason' | 'at'> | null;
    }
  | { unasked: string };

/**
 * Opens the runtime repository for the question. Where releases are cut there need not be a log-in for it, so that it
 * cannot be asked is no failure.
 */
export function askRegistry(
  root: string,
  { repositories, architectures }: Pick<Definition, 'repositories' | 'architectures'>,
): (version: Version) => Promise<InRegistry> {
  const machine = readMachine(root);
  const registry = openRegistry({ dockerConfig: machine.engine?.config });
  const repository = placedRepository(repositories.runtime, machine);
  return async (version) => {
    try {
      const tags = architectures.map(({ name }) => `${name}-${formatVersion(version)}`);
      const [release, yank, ...images] = await Promise.all([
        readRelease(registry, repository, version),
        readYank(registry, repository, version),
        ...tags.map((tag) => registry.digest(parseReference(`${repository}:${tag}`))),
      ]);
      const found = release !== undefined || images.some((digest) => digest !== undefined);
      const where = repository === repositories.runtime ? 'yes' : 'here';
      return { published: found ? where : 'no', commit: release?.commit ?? null, yank: yank ?? null };
    } catch (error) {
      const problem = error instanceof Failure ? error.problems[0] : undefined;
      if (problem?.code === 'registry-unreachable' || problem?.code === 'registry-denied') {
        return { unasked: problem.message };
      }
      throw error;
    }
  };
}
