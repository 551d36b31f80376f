import { type Definition, placedRepository, type Version, type Yank } from '@slipway/contract';
import { asFailure, openRegistry, readMachine, readYank } from '@slipway/effects';
import { readRelease } from '@slipway/runtime-image/api';

/** What the runtime repository holds of a version, or why it could not be asked. */
export type InRegistry =
  | {
      /** Whether it is published, wholly or for some architectures. */
      published: boolean;
      /** Why it is not to be used; null: nobody said so. */
      yank: Pick<Yank, 'reason' | 'at'> | null;
    }
  | { unasked: string };

/**
 * Opens the runtime repository for the question. Where releases are cut there need not be a log-in for it, so an answer
 * that cannot be had is no failure.
 */
export function askRegistry(
  root: string,
  { repositories }: Pick<Definition, 'repositories'>,
): (version: Version) => Promise<InRegistry> {
  return async (version) => {
    try {
      const machine = readMachine(root);
      const registry = openRegistry({ dockerConfig: machine.engine?.config });
      const repository = placedRepository(repositories.runtime, machine);
      const [release, yank] = await Promise.all([
        readRelease(registry, repository, version),
        readYank(registry, repository, version),
      ]);
      return { published: release !== undefined, yank: yank ?? null };
    } catch (error) {
      return { unasked: asFailure(error).problems[0]?.message ?? '' };
    }
  };
}
