import { type Definition, placedRepository, type Version, type Yank } from '@slipway/contract';
import { asFailure, openRegistry, readMachine, readYank } from '@slipway/effects';

/** Whether a candidate's images were found to be bad: its yank; null: nobody said so; or why that could not be asked. */
export type CandidateYank = Pick<Yank, 'reason' | 'at'> | { unasked: string } | null;

/**
 * Opens the runtime repository for the question. Where releases are cut there need not be a log-in for it, so an answer
 * that cannot be had is no failure.
 */
export function candidateYanks(
  root: string,
  { repositories }: Pick<Definition, 'repositories'>,
): (candidate: Version) => Promise<CandidateYank> {
  return async (candidate) => {
    try {
      const machine = readMachine(root);
      const registry = openRegistry({ dockerConfig: machine.engine?.config });
      const repository = placedRepository(repositories.runtime, machine);
      return (await readYank(registry, repository, candidate)) ?? null;
    } catch (error) {
      return { unasked: asFailure(error).problems[0]?.message ?? '' };
    }
  };
}
