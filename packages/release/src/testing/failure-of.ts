import { Failure, type Problem } from '@slipway/contract';

/** The problems with which something fails. @throws when it does not, or with anything else. */
export async function problemsOf(work: Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Failure) return error.problems;
    throw error;
  }
  throw new Error('it did not fail');
}
