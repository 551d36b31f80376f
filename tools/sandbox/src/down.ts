import { existsSync, rmSync } from 'node:fs';
import { Failure } from '@slipway/contract';
import { engineProcesses, stopEngine } from './engine/stop-engine.ts';
import { withLock } from './lock.ts';
import { type Places, places } from './places.ts';
import { unmountBelow } from './process/mounts.ts';
import { endProcesses, processesOf } from './process/ours.ts';
import { registryMark, stopRegistry } from './registry/start-registry.ts';
import { changeState, readState } from './state.ts';
import { type Progress, workMark } from './work.ts';

export interface DownOptions {
  /** Also delete everything that was fetched and made. */
  purge?: boolean;
  onProgress?: Progress;
}

/** Takes the sandbox down, in whatever state it is: no process, mount, bridge or rule stays. Data stays. */
export async function down(root: string, options: DownOptions = {}): Promise<void> {
  const place = places(root);
  await withLock(
    place.folder,
    () => takeDown(place, options),
    () => options.onProgress?.('sandbox: waiting for another command to finish with it ...'),
  );
}

/** The same, for callers that hold the lock. */
export async function takeDown(place: Places, options: DownOptions): Promise<void> {
  const { folder } = place;
  const say = options.onProgress ?? (() => {});
  say('sandbox: stopping ...');
  await endProcesses({ mark: workMark(place) }, [], 3000);
  await stopRegistry(folder);
  await stopEngine(place);
  await unmountBelow([folder]);
  rmSync(place.users, { recursive: true, force: true });
  // The machine file stays: it tells the next command how to bring the engine up again.
  if (options.purge)
    for (const path of [place.machine, folder]) rmSync(path, { recursive: true, force: true });
  else if (existsSync(place.state) && readState(place)) changeState(place, { upBy: undefined });
  const left = [...engineProcesses(folder), ...processesOf({ mark: registryMark(folder) })];
  if (left.length > 0) {
    throw new Failure({
      code: 'sandbox-failed',
      message: `these processes of the sandbox do not end: ${left.join(', ')}`,
      remedy: `look at them with ps -fp ${left.join(',')}; a process in state D waits for the kernel`,
    });
  }
  say(options.purge ? 'sandbox: down, and its folder deleted' : 'sandbox: down');
}
