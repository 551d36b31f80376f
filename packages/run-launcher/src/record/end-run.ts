import { Failure } from '@slipway/contract';
import { asFailure, type ContainerEngine, removeSecrets, takeSecretsBack } from '@slipway/effects';
import { containerName } from '../schedulers/container-arguments.ts';
import { withStartProblem } from './not-started.ts';
import { type RunRecord, writeRunRecord } from './run-record.ts';

/**
 * Records how a run ended, and only then lets go of its container and secrets: until record and log are on the disk, the
 * container is all there is of the run.
 * @throws Failure `disk-full` and the like, which says how the run ended; the container is left.
 */
export async function recordEnd(root: string, found: RunRecord, engine: ContainerEngine): Promise<RunRecord> {
  const ended = withStartProblem(root, found);
  try {
    writeRunRecord(root, ended);
  } catch (error) {
    throw new Failure([...(ended.problems ?? []), ...unrecorded(ended, asFailure(error))], { cause: error });
  }
  const { id, outcome, exitCode, logWithEngine } = ended;
  // Killed at the wrong moment, a launcher leaves them where no container ever took them.
  takeSecretsBack(id);
  // An engine that does not answer may have its container still.
  if (logWithEngine || (outcome === 'lost' && exitCode === null)) return ended;
  await engine.remove(containerName(id)).catch(() => undefined);
  removeSecrets(id);
  return ended;
}

function unrecorded({ id, outcome, exitCode }: RunRecord, { problems }: Failure): Failure['problems'] {
  const how = `${outcome}, exit code ${exitCode ?? 'unknown'}`;
  return problems.map(({ code, message }) => ({
    code,
    message: `the run ${id} has ended (${how}), and that cannot be recorded: ${message}`,
    remedy: `${code === 'disk-full' ? 'free some space' : 'make its folder writable'}, then call slipway show ${id}: it takes exit code and log from the container ${containerName(id)}, which is left until then`,
  }));
}
