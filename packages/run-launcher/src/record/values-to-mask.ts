import { Failure } from '@slipway/contract';
import { readSecrets, sameSecrets } from '@slipway/effects';
import { interruptible } from '../interruptible.ts';
import { containerName } from '../schedulers/container-arguments.ts';
import type { RunRecord } from './run-record.ts';

/**
 * The values that must not be seen in the log of a run that nobody followed to its end: read once more from where the run
 * had them.
 * @throws Failure `secret-missing` when they cannot be read, or are not (or cannot be told to be) those of the run: what
 *   it printed is then to be shown to nobody.
 */
export async function valuesToMask({ id, plan }: RunRecord): Promise<string[]> {
  if (Object.keys(plan.secrets).length === 0) return [];
  const values = await interruptible((signal) => readSecrets(plan.secrets, process.env, { signal }));
  if (sameSecrets(id, values)) return Object.values(values);
  throw new Failure({
    code: 'secret-missing',
    message: `${Object.keys(values).join(', ')}: whether the value is still the one that the run ${id} had is not known, so it might stand in the log unmasked`,
    remedy: `call slipway with the values of that time, or read the log as it is: ${plan.scheduler} logs ${containerName(id)}`,
  });
}
