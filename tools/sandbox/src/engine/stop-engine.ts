import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../files.ts';
import { runFolder, shortId } from '../places.ts';
import { unmountBelow } from '../process/mounts.ts';
import { endProcesses, processesOf } from '../process/ours.ts';
import { cgroupName, removeCgroups } from './cgroups.ts';
import { removeNetwork } from './network.ts';

/**
 * Ends an engine and everything it started, alive or not: dockerd politely, then containerd, shims and containers
 * that outlived it; then mounts, the bridge, rules and control groups. Its data stays.
 */
export async function stopEngine(engine: { bin: string; folder: string }): Promise<void> {
  const { bin, folder } = engine;
  const id = shortId(folder);
  const run = runFolder(folder);
  const ours = { mark: engineMark(folder), cgroup: cgroupName(id) };
  // dockerd ends its containers and its containerd by itself; asking them too would be a race.
  const dockerd = Number(readText(join(run, 'docker.pid')));
  const isOurs = processesOf({ mark: ours.mark }).includes(dockerd);
  await endProcesses(ours, isOurs ? [dockerd] : [], isOurs ? 20_000 : 1000);
  await unmountBelow([join(folder, 'engine'), run]);
  await removeNetwork(bin, id);
  removeCgroups(ours.cgroup);
  rmSync(run, { recursive: true, force: true });
}

export function engineMark(folder: string): string {
  return `engine:${folder}`;
}

export function engineProcesses(folder: string): number[] {
  return processesOf({ mark: engineMark(folder), cgroup: cgroupName(shortId(folder)) });
}
